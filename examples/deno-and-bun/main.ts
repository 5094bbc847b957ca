/** One program on three runtimes: Node, Deno and Bun learn to read digits for a second each. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bun, DENO_VARIABLES, deno } from "../../tools/runtimes.mjs";
import { buildLibrary, REPOSITORY } from "../kit/pages.js";

// A number of steps, in place of a second.
const steps = process.argv.includes("--quick") ? ["60"] : process.argv.slice(2);

await buildLibrary();
const program = join(REPOSITORY, "examples/deno-and-bun/digits.mjs");
const [node, ofDeno, ofBun] = [{ program: process.execPath, parameters: [] }, deno(), bun()];
const commands = [
  { name: "Node", ...node, options: [] },
  { name: "Deno", ...ofDeno, options: ["run", "--allow-read"] },
  { name: "Bun", ...ofBun, options: [] },
];
for (const { name, program: runtime, parameters, options } of commands) {
  console.log(`\n${name}`);
  const all = [...parameters, ...options, program, ...steps];
  const { status } = spawnSync(runtime, all, { stdio: "inherit", env: { ...process.env, ...DENO_VARIABLES } });
  if (status !== 0) process.exitCode = 1;
}
