import { MOST_USUAL_THREADS, type Threads } from "./threads.js";

/** Threads of a page or a worker. They need shared memory, so the page must be cross-origin isolated. */
export const webThreads: Threads = {
  get usual() {
    const cores = Math.min(MOST_USUAL_THREADS, navigator.hardwareConcurrency || 1);
    // The main thread of a page must also answer its visitor.
    return typeof document === "undefined" ? cores : Math.max(1, cores - 1);
  },
  get whyNone() {
    if (globalThis.crossOriginIsolated) return undefined;
    return "the page is not cross-origin isolated, so it has no shared memory";
  },
  async start(program, data) {
    const source = `
      onmessage = ({ data: { memory, layout, index } }) =>
        (${program})(memory, layout, index, () => postMessage("ready"));`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url, { name: `webgpu-cnn ${data.index}` });
    const failed = new Promise<void>((resolve) => {
      worker.addEventListener("error", () => resolve());
    });
    try {
      await new Promise<void>((resolve, reject) => {
        worker.addEventListener("message", () => resolve(), { once: true });
        void failed.then(() => reject(new Error("the worker did not start")));
        worker.postMessage(data);
      });
    } finally {
      URL.revokeObjectURL(url);
    }
    return { ended: failed, terminate: () => worker.terminate() };
  },
};
