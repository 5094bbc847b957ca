import { expect, test } from "vitest";
import { conv2d, conv2dBackwardFilter, createBackend, maxPool2d } from "webgpu-cnn";

test.each(["webgpu", "wasm", "cpu"] as const)("a worker computes the same values as the page on %s", async (kind) => {
  const worker = new Worker(new URL("./trainer.worker.ts", import.meta.url), { type: "module" });
  const answer = await new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    worker.postMessage(kind);
  });
  worker.terminate();

  const backend = await createBackend({ kind });
  const x = backend.full([2, 8, 8, 4], 0.5);
  const y = conv2d(x, backend.full([3, 3, 4, 8], 0.25), { padding: 1 });
  const pooled = await maxPool2d(y, { windowDimensions: 2 }).read();
  const dw = await conv2dBackwardFilter(x, y, [3, 3, 4, 8], { padding: 1 }).read();
  expect(pooled[0]).toBe(9 * 4 * 0.125);
  expect(answer).toEqual({ kind, pooled, dw });
  backend.destroy();
});
