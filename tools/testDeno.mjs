/**
 * Runs the tests on Deno, whose WebGPU is wgpu: node tools/testDeno.mjs [--full] [ARGUMENT of Vitest…]
 * It succeeds and says so if there is no adapter.
 */

import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DENO_VARIABLES, deno as denoCommand } from "./runtimes.mjs";
import { unpackSoftwareAdapter } from "./softwareAdapter.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "tools/vitest.deno.config.ts", "--root", "."];
const [first, ...others] = process.argv.slice(2);
const chosen = first === "--full" ? others : process.argv.slice(2);

/** @type {NodeJS.ProcessEnv} */
const env = {
  ...process.env,
  ...(first === "--full" ? { VITE_FULL: "1" } : {}),
  ...DENO_VARIABLES,
  // The forks of Vitest get it too. Tests of what becomes of handles that are collected as garbage need it.
  DENO_V8_FLAGS: "--expose-gc",
  ...softwareAdapter(),
};

const adapter = deno(["eval", "console.log((await navigator.gpu?.requestAdapter())?.info.description ?? '')"], "pipe");
if (adapter.status !== 0) throw new Error(`Deno does not run: ${adapter.error?.message ?? adapter.stderr}`);
const description = adapter.stdout.trim();
if (description === "") {
  console.log("Deno finds no WebGPU adapter on this machine: NOTHING WAS TESTED.\n0 passed, 0 failed, 0 skipped");
  process.exit(0);
}
console.log(`WebGPU of Deno: ${description}`);
process.exitCode = deno(["run", "--allow-all", ...vitest, ...chosen], "inherit").status ?? 1;

/**
 * @param {readonly string[]} parameters
 * @param {"pipe" | "inherit"} stdio
 */
function deno(parameters, stdio) {
  const { program, parameters: own } = denoCommand();
  return spawnSync(program, [...own, ...parameters], { cwd: root, env, stdio, encoding: "utf8" });
}

/**
 * Lets Vulkan find SwiftShader beside the machine's own drivers. wgpu prefers a GPU, if there is one.
 * @returns {NodeJS.ProcessEnv}
 */
function softwareAdapter() {
  try {
    const directory = unpackSoftwareAdapter();
    const libraries = process.env["LD_LIBRARY_PATH"];
    return {
      VK_ADD_DRIVER_FILES: join(directory, "vk_swiftshader_icd.json"),
      LD_LIBRARY_PATH: libraries ? `${directory}${delimiter}${libraries}` : directory,
    };
  } catch (error) {
    console.log(`No software adapter: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}
