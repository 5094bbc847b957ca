import { expect, test } from "vitest";
import { createBackend, KernelError } from "webgpu-cnn";
import { requestDevice } from "./device.js";
import { uncapturedErrors } from "./uncapturedErrors.js";

const MAP_READ = 0x1;
const STORAGE = 0x80;

test("an error outside every scope is noticed once on a test's device", async () => {
  const device = await requestDevice();
  device.createBuffer({ size: 4, usage: MAP_READ | STORAGE });
  // If it were not taken here, it would fail this test.
  expect(await uncapturedErrors()).toEqual([expect.any(String)]);
  expect(await uncapturedErrors()).toEqual([]);
  device.destroy();
});

test("an error outside every scope is noticed on a backend's device and rejects its settled()", async () => {
  const backend = await createBackend({ kind: "webgpu" });
  await expect(backend.full([4], 1).gpuBuffer.mapAsync(MAP_READ)).rejects.toThrow();
  expect(await uncapturedErrors()).toEqual([expect.any(String)]);
  await expect(backend.settled()).rejects.toThrow(KernelError);
  await backend.settled();
  backend.destroy();
});
