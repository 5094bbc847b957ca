import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  argMax,
  type Backend,
  createBackend,
  gather,
  gatherBackward,
  oneHot,
  reduceMax,
  reduceMaxBackward,
  reduceMin,
  reduceMinBackward,
  type Tensor,
} from "webgpu-cnn";
import { evaluate, upload } from "../../support/backends.js";
import { requestDevice, withSmallerLimits } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand } from "../../support/random.js";
import { sampledCases } from "../../support/sampling.js";

const BINDING_BYTES = 32 * 1024;

/** Like limits.test.ts, for operators on tensors of any shape. */
describe("a device with small limits", () => {
  let device: GPUDevice;
  let backend: Backend;

  beforeAll(async () => {
    device = await requestDevice();
    const limits = { maxStorageBufferBindingSize: BINDING_BYTES, maxComputeWorkgroupsPerDimension: 50 };
    backend = await createBackend({ device: withSmallerLimits(device, limits) });
  });
  afterAll(() => {
    backend.destroy();
    device.destroy();
  });

  const run = (make: () => Tensor) => evaluate(backend, make);
  const up = (operand: oracle.Operand) => upload(backend, operand);

  test.each(
    sampledCases([
      ["parts of the outer axis", [300, 40], { axes: [1] }],
      ["parts of the outer axis, of outputs too", [10_000, 2], { axes: [1] }],
      ["parts of the reduced axis", [1600, 8], { axes: [0] }],
      ["parts of a long row", [20_000], {}],
    ] as const),
  )("finds extrema in parts: %s", async (_, shape, options) => {
    const x = { data: randomIntegers(oracle.sizeOf(shape), 1), shape };
    expectWithinBound(await run(() => reduceMax(up(x), options)), oracle.reduceMax(x, options), "reduceMax y");
    expectWithinBound(await run(() => reduceMin(up(x), options)), oracle.reduceMin(x, options), "reduceMin y");
    const dy = randomOperand(oracle.reducedShape(shape, options), 2);
    const dxOfMax = await run(() => reduceMaxBackward(up(x), up(dy), options));
    expectWithinBound(dxOfMax, oracle.reduceMaxBackward(x, dy, options), "reduceMaxBackward dx");
    const dxOfMin = await run(() => reduceMinBackward(up(x), up(dy), options));
    expectWithinBound(dxOfMin, oracle.reduceMinBackward(x, dy, options), "reduceMinBackward dx");
  });

  test.each(
    sampledCases([
      ["parts of the outer axis", [300, 40], 1],
      ["parts of the axis", [1600, 8], 0],
      ["parts of a long row", [20_000], 0],
    ] as const),
  )("finds positions in parts: %s", async (_, shape, axis) => {
    const x = { data: randomIntegers(oracle.sizeOf(shape), 1), shape };
    expectWithinBound(await run(() => argMax(up(x), { axis })), oracle.argMax(x, axis), "argMax y");
  });

  test.each(
    sampledCases([
      ["many rows", [5000, 4], [70], 0],
      ["many indices", [10, 8], [3000], 0],
      ["both", [3000, 8], [2000], 0],
      ["a batch", [40, 32, 16], [24], 1],
    ] as const),
  )("gathers in parts, forward and backward: %s", async (_, shape, indexShape, axis) => {
    const rows = oracle.at(shape, axis);
    const count = oracle.sizeOf(indexShape);
    const data = Float32Array.from({ length: count }, (_, j) =>
      j % 50 === 7 ? rows + j : ((j * 7919) % rows) - (j % 2) * rows,
    );
    const [x, indices] = [randomOperand(shape, 1), { data, shape: indexShape }];
    expectWithinBound(
      await run(() => gather(up(x), up(indices), { axis })),
      oracle.gather(x, indices, axis),
      "gather y",
    );
    const dy = randomOperand(oracle.gatherShape(shape, indexShape, axis), 2);
    const dx = await run(() => gatherBackward(shape, up(indices), up(dy), { axis }));
    expectWithinBound(dx, oracle.gatherBackward(shape, indices, dy, axis), "gatherBackward dx");
  });

  test("makes one-hot vectors in parts", async () => {
    const indices = { data: Float32Array.from({ length: 3000 }, (_, i) => i % 9), shape: [3000] };
    const y = await run(() => oneHot(up(indices), { depth: 8 }));
    expect(y.length).toBe(24_000);
    expectWithinBound(y, oracle.oneHot(indices, 8), "oneHot y");
  });
});
