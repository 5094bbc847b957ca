import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend, maxPool2d } from "webgpu-cnn";
import { sizeClass } from "../../../src/runtime/webgpu/memory/bufferPool.js";

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "webgpu" });
});
afterAll(() => backend.destroy());

test("an upload never reuses a buffer that queued commands still read", async () => {
  const identity = { windowDimensions: 1 };
  for (let round = 0; round < 3; round++) {
    const x = backend.full([1, 4, 4, 4], 1);
    const y = maxPool2d(x, identity);
    // Its buffer is idle now, but the pooling that reads it is not submitted yet.
    x.dispose();
    const other = backend.full([1, 4, 4, 4], 2);
    expect([...(await y.read())]).toEqual(new Array(64).fill(1));
    y.dispose();
    other.dispose();
  }
});

test("a read gives the values at its call, even if the buffer is reused later", async () => {
  const x = backend.full([64], 1);
  const read = x.read();
  x.dispose();
  const other = backend.full([64], 2);
  expect([...(await read)]).toEqual(new Array(64).fill(1));
  other.dispose();
});

test("a repeated step allocates nothing", async () => {
  const x = backend.full([1, 16, 16, 4], 1);
  const step = () => backend.tidy(() => maxPool2d(maxPool2d(x, { windowDimensions: 2 }), { windowDimensions: 2 }));
  const first = step();
  await first.read();
  first.dispose();
  const { pooledBytes, peakBytes } = backend.memory();
  for (let i = 0; i < 50; i++) {
    const y = step();
    await y.read();
    y.dispose();
  }
  expect(backend.memory()).toMatchObject({ pooledBytes, peakBytes });
  x.dispose();
});

test("size classes waste at most a quarter and grow with the size", () => {
  for (let bytes = 4; bytes < 2 ** 22; bytes = Math.ceil(bytes * 1.07)) {
    const size = sizeClass(bytes);
    expect(size).toBeGreaterThanOrEqual(bytes);
    expect(size % 4).toBe(0);
    if (bytes > 256) expect(size).toBeLessThanOrEqual(bytes * 1.25);
    expect(sizeClass(size)).toBe(size);
  }
});
