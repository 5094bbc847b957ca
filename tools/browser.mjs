import { unpackBrowser } from "./softwareAdapter.mjs";

/** WebGPU on SwiftShader, as the headless shell has it. */
const ARGUMENTS = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  // Tests of what becomes of handles that are collected as garbage.
  "--js-flags=--expose-gc",
];

/**
 * Playwright's launch options for the headless browser out of an npm package. CHROMIUM_PATH names another one, as machines other than Linux on
 * x64 need.
 * @returns {{ executablePath: string, chromiumSandbox: false, args: string[], env: Record<string, string> }}
 */
export function browserLaunchOptions() {
  /** @type {Record<string, string>} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    // The browser brings its own driver; what was set for Dawn must not reach it.
    if (value !== undefined && !name.startsWith("VK_")) env[name] = value;
  }
  const own = process.env["CHROMIUM_PATH"];
  if (own) return { executablePath: own, chromiumSandbox: false, args: ARGUMENTS, env };
  const { executable, libraries } = unpackBrowser();
  env["LD_LIBRARY_PATH"] = libraries;
  return { executablePath: executable, chromiumSandbox: false, args: ARGUMENTS, env };
}
