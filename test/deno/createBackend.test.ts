import { afterAll, beforeAll, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { Packed, run } from "../package/packed.js";

let packed: Packed;
beforeAll(async () => {
  packed = await Packed.make();
}, 120_000);
afterAll(() => packed?.remove());

test("a backend runs on Deno's own WebGPU", async () => {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  const backend = await createBackend({ kind: "webgpu" });
  expect(backend.info.description).toBe(adapter?.info.description);
  backend.destroy();
});

test("the packed package runs on it without the package webgpu", async () => {
  const directory = await packed.project("deno", [], {
    "main.js": `import { conv2d, createBackend } from "webgpu-cnn";
      const backend = await createBackend({ kind: "webgpu" });
      const y = conv2d(backend.full([1, 6, 6, 4], 2), backend.full([3, 3, 4, 1], 1));
      console.log(JSON.stringify({ kind: backend.kind, reason: backend.reason, y: [...await y.read()] }));
      backend.destroy();`,
  });
  const { stdout } = await run(process.execPath, ["run", "--allow-all", "main.js"], { cwd: directory });
  expect(JSON.parse(stdout)).toEqual({ kind: "webgpu", y: new Array(16).fill(72) });
});
