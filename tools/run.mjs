/**
 * Runs a TypeScript program on Node, with the plugins of vite.config.ts: node tools/run.mjs PROGRAM.ts [ARGUMENT…]
 * The program finds its arguments in process.argv from index 2 on, as if Node had run it.
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createRunnableDevEnvironment, resolveConfig } from "vite";

const [program, ...programArguments] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tools/run.mjs PROGRAM.ts [ARGUMENT…]");
  process.exit(2);
}
process.argv.splice(1, Infinity, resolve(program), ...programArguments);

const root = fileURLToPath(new URL("..", import.meta.url));
const config = await resolveConfig({ root, configFile: resolve(root, "vite.config.ts"), logLevel: "warn" }, "serve");
const environment = createRunnableDevEnvironment("ssr", config, { hot: false, runnerOptions: { hmr: false } });
await environment.init();
// Never closed: the program may import more later. Node exits when the program has nothing left to do.
await environment.runner.import(resolve(program));
