/** Deno and Bun out of their npm packages. No install script has to run for that. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {{ program: string, parameters: readonly string[] }} Command a program, and what its parameters begin with */

const nodeModules = fileURLToPath(new URL("../node_modules", import.meta.url));

/** Deno keeps its cache in this repository, and does not look for a new version. */
export const DENO_VARIABLES = { DENO_DIR: join(nodeModules, ".cache/deno"), DENO_NO_UPDATE_CHECK: "1" };

/** @returns {Command} The package's script finds the binary by itself. */
export function deno() {
  return { program: process.execPath, parameters: [join(nodeModules, "deno/bin.cjs")] };
}

/**
 * @returns {Command}
 * @throws Error if Bun has no package for this machine, or npm left it out
 */
export function bun() {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const processor = process.arch === "arm64" ? "aarch64" : process.arch;
  const name = `@oven/bun-${system}-${processor}`;
  const program = join(nodeModules, name, "bin", process.platform === "win32" ? "bun.exe" : "bun");
  if (!existsSync(program)) throw new Error(`there is no Bun: npm has not installed ${name}`);
  return { program, parameters: [] };
}
