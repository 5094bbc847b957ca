import { unpackBrowser } from "./softwareAdapter.mjs";

/** Flags for WebGPU on the headless shell's SwiftShader. */
const ARGUMENTS = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  // For the tests of garbage-collected handles.
  "--js-flags=--expose-gc",
];

/**
 * Playwright's launch options for the headless browser from an npm package. CHROMIUM_PATH names another browser. Machines other than Linux on
 * x64 need it.
 * @returns {{ executablePath: string, chromiumSandbox: false, args: string[], env: Record<string, string> }}
 */
export function browserLaunchOptions() {
  /** @type {Record<string, string>} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    // The browser has its own driver. It must not see the variables that were set for Dawn.
    if (value !== undefined && !name.startsWith("VK_")) env[name] = value;
  }
  const own = process.env["CHROMIUM_PATH"];
  if (own) return { executablePath: own, chromiumSandbox: false, args: ARGUMENTS, env };
  const { executable, libraries } = unpackBrowser();
  env["LD_LIBRARY_PATH"] = libraries;
  return { executablePath: executable, chromiumSandbox: false, args: ARGUMENTS, env };
}
