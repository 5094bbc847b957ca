/**
 * Runs a TypeScript program on Node, with the plugins of vite.config.ts: node tools/run.mjs PROGRAM.ts [ARGUMENT…]
 * The program finds its arguments in process.argv from index 2 on, as if Node had run it.
 *
 * Vite runs in another process. In the same process, SwiftShader took 1.8 times as long for the same multiply-adds, and 1.1 times two hours
 * later (measured in turns on one Intel Xeon, with nothing else running). The reason is not known.
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ESModulesEvaluator, ModuleRunner } from "vite/module-runner";

const [program, ...programArguments] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tools/run.mjs PROGRAM.ts [ARGUMENT…]");
  process.exit(2);
}
process.argv.splice(1, Infinity, resolve(program), ...programArguments);

const server = fork(fileURLToPath(new URL("moduleServer.mjs", import.meta.url)));
/**
 * The functions that wait for a module, by the number of their message.
 * @type {Map<unknown, (answer: { result: unknown } | { error: unknown }) => void>}
 */
const waiting = new Map();
let asked = 0;
server.on("message", (message) => {
  if (typeof message !== "object" || !("id" in message) || !("answer" in message)) return;
  const { id, answer } = message;
  if (typeof answer !== "object" || answer === null || !("result" in answer || "error" in answer)) return;
  waiting.get(id)?.(answer);
  waiting.delete(id);
  // The program may import more later. Until then, the server does not keep this process alive.
  if (waiting.size === 0) server.channel?.unref();
});
await once(server, "message");

/**
 * @param {unknown} payload
 * @returns {Promise<{ result: unknown } | { error: unknown }>}
 */
function invoke(payload) {
  const id = asked++;
  server.channel?.ref();
  return new Promise((answer) => {
    waiting.set(id, answer);
    server.send({ id, payload });
  });
}

const runner = new ModuleRunner({ transport: { invoke }, hmr: false }, new ESModulesEvaluator());
server.unref();
await runner.import(resolve(program));
