import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { MOST_USUAL_THREADS, type Threads } from "./threads.js";

/** Threads of Node, Deno and Bun. They do not keep the process alive. */
export const nodeThreads: Threads = {
  usual: Math.min(MOST_USUAL_THREADS, availableParallelism()),
  whyNone: undefined,
  async start(program, data) {
    const source = `
      const { parentPort, workerData: { memory, layout, index } } = require("node:worker_threads");
      (${program})(memory, layout, index, () => parentPort.postMessage("ready"));`;
    // The loaders of the caller's process are not for this program.
    const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] });
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    await new Promise<void>((resolve, reject) => {
      worker.once("message", () => resolve());
      worker.once("error", reject);
      worker.once("exit", () => reject(new Error("the thread ended before it was ready")));
    });
    // An error ends the thread, and `ended` tells of it.
    worker.on("error", () => {});
    worker.unref();
    return { ended, terminate: () => void worker.terminate() };
  },
};
