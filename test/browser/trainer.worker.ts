import { conv2d, conv2dBackwardFilter, createBackend, maxPool2d } from "webgpu-cnn";

/** Receives the kind of a backend. Answers with the results of a small network and a gradient on it. */
self.addEventListener("message", async ({ data: kind }: MessageEvent<"webgpu" | "wasm" | "cpu">) => {
  const backend = await createBackend({ kind });
  const x = backend.full([2, 8, 8, 4], 0.5);
  const y = conv2d(x, backend.full([3, 3, 4, 8], 0.25), { padding: 1 });
  const pooled = maxPool2d(y, { windowDimensions: 2 });
  const dw = conv2dBackwardFilter(x, y, [3, 3, 4, 8], { padding: 1 });
  self.postMessage({ kind: backend.kind, pooled: await pooled.read(), dw: await dw.read() });
  backend.destroy();
});
