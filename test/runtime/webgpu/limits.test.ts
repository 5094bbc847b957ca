import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  add,
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackward,
  conv2dBackwardFilter,
  createBackend,
  maxPool2d,
  maxPool2dBackward,
  mulBackward,
  OutOfMemoryError,
  pad2d,
  pad2dBackward,
  reduceMean,
  reduceMeanBackward,
  reduceSum,
  sigmoid,
  sigmoidBackward,
  transpose,
} from "webgpu-cnn";
import { foldGrid } from "../../../src/runtime/webgpu/commands/kernelLauncher.js";
import { evaluate, throughRelu, upload } from "../../support/backends.js";
import { requestDevice, withSmallerLimits } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand } from "../../support/random.js";
import { sampledCases } from "../../support/sampling.js";

const BINDING_BYTES = 32 * 1024;

/**
 * Only tensors of 128 MiB and grids of 65,535 workgroups reach the real limits. This device claims far smaller limits, and every operator
 * cuts its batch and folds its grid at sizes that a test can afford.
 */
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

  // 200 images of up to 512 bytes: more than fits in one binding, and a shorter last chunk.
  test.each(
    sampledCases([
      ["nhwc", [200, 4, 4, 8], [3, 3, 8, 4], { padding: 1 }],
      ["strided", [200, 8, 7, 2], [3, 2, 2, 4], { strides: 2, padding: [0, 1, 1, 0] }],
      ["grouped, odd channels", [200, 5, 5, 3], [2, 2, 1, 6], { groups: 3 }],
      ["nchw and oihw", [200, 4, 5, 5], [8, 4, 3, 3], { inputLayout: "nchw", filterLayout: "oihw", padding: "same" }],
      ["by tiles for GPUs", [200, 4, 4, 8], [3, 3, 8, 16], { padding: 1, algorithm: "tiledGemm" }],
      ["a short output", [200, 5, 5, 4], [5, 5, 4, 1], {}],
      ["a filter that leaves room for one slice", [200, 4, 4, 8], [3, 3, 8, 64], { padding: 1, strides: 3 }],
    ] as const),
  )("convolves in parts, all passes: %s", async (_, xShape, wShape, options) => {
    const [x, w] = [randomOperand(xShape, 1), randomOperand(wShape, 2)];
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 3);
    expect(x.data.byteLength).toBeGreaterThan(BINDING_BYTES);
    const y = await evaluate(backend, () => conv2d(upload(backend, x), upload(backend, w), options));
    expectWithinBound(y, oracle.conv2d(x, w, options), "y");
    const { dx, dw, db } = conv2dBackward(upload(backend, x), upload(backend, w), upload(backend, dy), options);
    const expected = oracle.conv2dBackwardInput(dy, w, xShape, options);
    expectWithinBound(await dx.read(), expected, "dx");
    const dz = throughRelu(upload(backend, x), upload(backend, w), upload(backend, dy), options);
    expectWithinBound(await dz.read(), oracle.throughRelu(x, expected), "dz");
    expectWithinBound(await dw.read(), oracle.conv2dBackwardFilter(x, dy, wShape, options), "dw");
    expectWithinBound(await db.read(), oracle.conv2dBackwardBias(dy, options), "db");
  });

  test.each(
    sampledCases([
      ["overlapping", [200, 6, 5, 4], { windowDimensions: 3, strides: 1, padding: 1 }],
      ["dilated, odd channels, nchw", [200, 3, 7, 6], { windowDimensions: [2, 3], dilations: 2, layout: "nchw" }],
    ] as const),
  )("pools in parts, forward and backward: %s", async (_, shape, options) => {
    const x = { data: randomIntegers(oracle.sizeOf(shape), 1), shape };
    const dy = randomOperand(oracle.pool2dOutputShape(shape, options), 2);
    const values = (make: (x: typeof input, dy: typeof gradient) => typeof input) =>
      evaluate(backend, () => make(input, gradient));
    const [input, gradient] = [upload(backend, x), upload(backend, dy)];
    expectWithinBound(await values((x) => maxPool2d(x, options)), oracle.maxPool2d(x, options), "max");
    expectWithinBound(await values((x) => averagePool2d(x, options)), oracle.averagePool2d(x, options), "average");
    for (const ties of ["first", "all"] as const) {
      const dx = await values((x, dy) => maxPool2dBackward(x, dy, { ...options, ties }));
      expectWithinBound(dx, oracle.maxPool2dBackward(x, dy, { ...options, ties }), `max dx, ${ties}`);
    }
    const dx = await values((_, dy) => averagePool2dBackward(shape, dy, options));
    expectWithinBound(dx, oracle.averagePool2dBackward(shape, dy, options), "average dx");
  });

  test.each(sampledCases(["constant", "reflection", "symmetric", "edge"] as const))(
    "pads in parts, forward and backward: %s",
    async (mode) => {
      const options = { padding: [1, 0, 2, 1], mode } as const;
      const x = randomOperand([200, 4, 5, 4], 1);
      const dy = randomOperand(oracle.pad2dOutputShape(x.shape, options), 2);
      const y = await evaluate(backend, () => pad2d(upload(backend, x), options));
      expectWithinBound(y, oracle.pad2d(x, options), "y");
      const dx = await evaluate(backend, () => pad2dBackward(x.shape, upload(backend, dy), options));
      expectWithinBound(dx, oracle.pad2dBackward(x.shape, dy, options), "dx");
    },
  );

  test.each([[[40_001]], [[3, 5000, 4]]])("computes elements in parts: %j", async (shape) => {
    const [x, dy] = [randomOperand(shape, 1), randomOperand(shape, 2)];
    expectWithinBound(await evaluate(backend, () => sigmoid(upload(backend, x))), oracle.sigmoid(x), "y");
    const dx = await evaluate(backend, () => sigmoidBackward(upload(backend, x), upload(backend, dy)));
    expectWithinBound(dx, oracle.sigmoidBackward(x, dy), "dx");
  });

  test.each(
    sampledCases([
      ["equal shapes", [40_001], [40_001]],
      ["a scalar", [200, 300], []],
      ["a bias", [5000, 7], [7]],
      ["a bias in fours", [5000, 8], [8]],
      ["a column", [5000, 1], [1, 8]],
      ["nchw", [200, 3, 8, 8], [3, 1, 1]],
    ] as const),
  )("broadcasts in parts, forward and backward: %s", async (_, aShape, bShape) => {
    const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
    const dy = randomOperand(oracle.broadcastShape(aShape, bShape), 3);
    const [aTensor, bTensor, gradient] = [upload(backend, a), upload(backend, b), upload(backend, dy)];
    expectWithinBound(await evaluate(backend, () => add(aTensor, bTensor)), oracle.add(a, b), "y");
    const { da, db } = mulBackward(aTensor, bTensor, gradient);
    const expected = oracle.mulBackward(a, b, dy);
    expectWithinBound(await da.read(), expected.da, "da");
    expectWithinBound(await db.read(), expected.db, "db");
  });

  test.each(
    sampledCases([
      ["all", [40_001], {}],
      ["all, in fours", [200, 300], {}],
      ["rows", [200, 300], { axes: [1] }],
      ["columns", [5000, 7], { axes: [0] }],
      ["few columns in fours", [12, 4000], { axes: [0] }],
      ["height and width", [40, 20, 10, 6], { axes: [1, 2] }],
    ] as const),
  )("reduces in parts, forward and backward: %s", async (_, shape, options) => {
    const x = randomOperand(shape, 1);
    const dy = randomOperand(oracle.reducedShape(shape, options), 2);
    const input = upload(backend, x);
    expectWithinBound(await evaluate(backend, () => reduceSum(input, options)), oracle.reduceSum(x, options), "sum");
    expectWithinBound(await evaluate(backend, () => reduceMean(input, options)), oracle.reduceMean(x, options), "mean");
    const dx = await evaluate(backend, () => reduceMeanBackward(shape, upload(backend, dy), options));
    expectWithinBound(dx, oracle.reduceMeanBackward(shape, dy, options), "dx");
  });

  test("refuses a tensor that it cannot cut and says what to do", () => {
    expect(() => maxPool2d(backend.zeros([1, 100, 100, 1]), { windowDimensions: 2 })).toThrow(
      /^maxPool2d: an image \(x 39.1 KiB, y 9.8 KiB an image\) must fit one binding of this device, 32 KiB; split the images/,
    );
    // 1,020 bytes an image: the smallest multiple of the alignment is 64 images, and they do not fit in one binding.
    expect(() => maxPool2d(backend.zeros([200, 1, 255, 1]), { windowDimensions: 1 })).toThrow(
      /^maxPool2d: 64 images at a time/,
    );
    expect(() => conv2d(backend.zeros([1, 1, 1, 100]), backend.zeros([1, 1, 100, 100]))).toThrow(
      /^conv2d: w takes 39.1 KiB, one binding of this device holds 32 KiB/,
    );
    expect(() => transpose(backend.zeros([100, 100]))).toThrow(OutOfMemoryError);
  });
});

describe("one operator", () => {
  test("is cut into several submits if it has much work, with the same result", async () => {
    const device = await requestDevice();
    const submit = vi.spyOn(device.queue, "submit");
    const backend = await createBackend({ device });
    // 370 MFLOP on values that float32 adds exactly. One submit of a software adapter holds a quarter of it.
    const [x, w] = [backend.full([2, 56, 56, 16], 1), backend.full([3, 3, 16, 224], 1)];
    const y = await evaluate(backend, () => conv2d(x, w));
    expect(y.every((value) => value === 144)).toBe(true);
    if (backend.info.software) expect(submit.mock.calls.length).toBeGreaterThanOrEqual(4);
    backend.destroy();
    device.destroy();
  });

  test("writes each element once if it is cut by batch, by work and by folding", async () => {
    const device = await requestDevice();
    // One image a binding: the filter's gradient adds the second image's sums to the first's. Each image has two pieces of 32 workgroups,
    // folded to 3 × 11. The workgroup too many must not add its sums again.
    const limits = { maxStorageBufferBindingSize: 3 * 2 ** 20, maxComputeWorkgroupsPerDimension: 15 };
    const backend = await createBackend({ device: withSmallerLimits(device, limits) });
    const [x, dy] = [backend.full([2, 56, 56, 16], 1), backend.full([2, 54, 54, 224], 1)];
    const dw = await evaluate(backend, () => conv2dBackwardFilter(x, dy, [3, 3, 16, 224]));
    expect(dw.every((value) => value === 2 * 54 * 54)).toBe(true);
    backend.destroy();
    device.destroy();
  });

  test("can be read if its output nearly fills the largest buffer", async () => {
    const device = await requestDevice();
    const backend = await createBackend({ device: withSmallerLimits(device, { maxBufferSize: 270_000 }) });
    const x = backend.full([1, 67_250], 2);
    expect((await x.read()).every((value) => value === 2)).toBe(true);
    backend.destroy();
    device.destroy();
  });
});

describe("foldGrid", () => {
  test.each([
    [1, 65535],
    [65535, 65535],
    [65536, 65535],
    [70_000, 65535],
    [4_000_000_000, 65535],
    [26, 6],
    [36, 6],
  ])("covers %d workgroups within %d per dimension and adds only a few", (workgroups, limit) => {
    const [width, height] = foldGrid(workgroups, limit);
    expect(Math.max(width, height)).toBeLessThanOrEqual(limit);
    expect(width * height).toBeGreaterThanOrEqual(workgroups);
    expect(width * height).toBeLessThanOrEqual(workgroups * 1.01 + 5);
  });
});
