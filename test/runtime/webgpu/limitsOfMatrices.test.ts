import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Backend,
  concat,
  convTranspose2d,
  createBackend,
  cropAndResize,
  cropAndResizeBackward,
  globalAveragePool2d,
  globalAveragePool2dBackward,
  globalMaxPool2d,
  globalMaxPool2dBackward,
  matmul,
  OutOfMemoryError,
  resample2d,
  resample2dBackward,
  slice,
  sliceBackward,
} from "webgpu-cnn";
import { evaluate, upload } from "../../support/backends.js";
import { requestDevice, withSmallerLimits } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand } from "../../support/random.js";
import { sampledCases } from "../../support/sampling.js";

const BINDING_BYTES = 32 * 1024;

/** Like limits.test.ts, for products of matrices and operators on whole images. */
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

  // More rows than fit in one binding. For Aᵀ·B, more terms.
  test.each(
    sampledCases([
      ["A·B", [1000, 16], [16, 12], {}],
      ["A·Bᵀ", [1000, 16], [12, 16], { transposeB: true }],
      ["Aᵀ·B", [1600, 8], [1600, 12], { transposeA: true }],
      ["Aᵀ·B with a prime number of terms", [1601, 8], [1601, 12], { transposeA: true }],
    ] as const),
  )("multiplies in parts: %s", async (_, aShape, bShape, form) => {
    const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
    expect(a.data.byteLength).toBeGreaterThan(BINDING_BYTES);
    const bias = randomOperand([12], 3);
    const plain = await evaluate(backend, () => matmul(upload(backend, a), upload(backend, b), form));
    expectWithinBound(plain, oracle.matmul(a, b, form), "matmul y");
    const finished = await evaluate(backend, () =>
      matmul(upload(backend, a), upload(backend, b), { ...form, activation: "relu", bias: upload(backend, bias) }),
    );
    expectWithinBound(finished, oracle.matmul(a, b, { ...form, activation: "relu", bias }), "matmul y");
  });

  test.each([
    ["A·B", [9, 32_768], [32_768, 8], {}],
    ["A·Bᵀ", [9, 32_768], [8, 32_768], { transposeB: true }],
    ["Aᵀ·B", [32_768, 9], [32_768, 8], { transposeA: true }],
  ] as const)("adds long sums of one sign accurately in parts: %s", async (_, aShape, bShape, form) => {
    const limits = { maxStorageBufferBindingSize: 1088 * 1024 };
    const larger = await createBackend({ device: withSmallerLimits(device, limits) });
    const [a, b] = [aShape, bShape].map((shape, i) => ({ shape, data: randomOperand(shape, i).data.map(Math.abs) }));
    if (!a || !b) throw new Error("there are two factors");
    expect(a.data.byteLength).toBeGreaterThan(limits.maxStorageBufferBindingSize);
    const y = await evaluate(larger, () => matmul(upload(larger, a), upload(larger, b), form));
    const { values } = oracle.matmul(a, b, form);
    for (const [i, value] of y.entries()) {
      expect(Math.abs(value / oracle.at(values, i) - 1)).toBeLessThan((8 + Math.log2(32_768)) * 2 ** -24);
    }
    larger.destroy();
  });

  test("refuses a second factor that it cannot bind and names it", () => {
    const call = () => matmul(backend.zeros([2, 100]), backend.zeros([100, 100]));
    expect(call).toThrow(OutOfMemoryError);
    expect(call).toThrow(
      /^matmul: b takes 39.1 KiB, one binding of this device holds 32 KiB; split its columns, or ask for /,
    );
  });

  test.each([
    ["both factors", [40, 10, 24], [40, 24, 20]],
    ["one factor, the other is shared", [10, 24], [40, 24, 20]],
    ["one factor, the other whole", [40, 1, 10, 24], [40, 4, 24, 20]],
  ])("multiplies batches in parts: %s", async (_, aShape, bShape) => {
    const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
    const y = await evaluate(backend, () => matmul(upload(backend, a), upload(backend, b)));
    expectWithinBound(y, oracle.matmul(a, b), "matmul y");
    const bTransposed = { data: b.data, shape: [...bShape.slice(0, -2), 20, 24] };
    const options = { transposeB: true };
    const z = await evaluate(backend, () => matmul(upload(backend, a), upload(backend, bTransposed), options));
    expectWithinBound(z, oracle.matmul(a, bTransposed, options), "matmul y");
  });

  test("refuses a batch if its shared factor does not fit in one binding", () => {
    const call = () => matmul(backend.zeros([100, 100]), backend.zeros([3, 100, 4]));
    expect(call).toThrow(OutOfMemoryError);
    expect(call).toThrow(
      /^matmul: a takes 39.1 KiB, one binding of this device holds 32 KiB; make it smaller, or ask for /,
    );
  });

  test("computes transposed convolutions in parts", async () => {
    const [x, w] = [randomOperand([200, 4, 4, 8], 1), randomOperand([3, 3, 4, 8], 2)];
    for (const options of [{ strides: 2 }, { strides: 2, activation: "relu" }] as const) {
      const y = await evaluate(backend, () => convTranspose2d(upload(backend, x), upload(backend, w), options));
      expectWithinBound(y, oracle.convTranspose2d(x, w, options), "convTranspose2d y");
    }
  });

  test("averages whole images in parts, forward and backward", async () => {
    const x = randomOperand([200, 6, 5, 4], 1);
    const dy = randomOperand([200, 1, 1, 4], 2);
    const y = await evaluate(backend, () => globalAveragePool2d(upload(backend, x)));
    expectWithinBound(y, oracle.globalAveragePool2d(x), "globalAveragePool2d y");
    const dx = await evaluate(backend, () => globalAveragePool2dBackward(x.shape, upload(backend, dy)));
    expectWithinBound(dx, oracle.globalAveragePool2dBackward(x.shape, dy), "globalAveragePool2dBackward dx");
  });

  test.each(sampledCases(["first", "all"] as const))(
    "finds maxima of whole images in parts, forward and backward, %s",
    async (ties) => {
      const x = { data: randomIntegers(200 * 6 * 5 * 4, 1), shape: [200, 6, 5, 4] };
      const dy = randomOperand([200, 1, 1, 4], 2);
      const y = await evaluate(backend, () => globalMaxPool2d(upload(backend, x)));
      expectWithinBound(y, oracle.globalMaxPool2d(x), "globalMaxPool2d y");
      const dx = await evaluate(backend, () =>
        globalMaxPool2dBackward(upload(backend, x), upload(backend, dy), { ties }),
      );
      expectWithinBound(dx, oracle.globalMaxPool2dBackward(x, dy, { ties }), "globalMaxPool2dBackward dx");
    },
  );

  test("crops and resizes in parts, forward and backward", async () => {
    const images = randomOperand([200, 6, 5, 4], 1);
    const boxes = { data: randomOperand([300, 4], 2).data.map((value) => 0.5 + value / 2), shape: [300, 4] };
    // Each image has one or two boxes, in another order. Some boxes have no image.
    const boxIndices = { data: Float32Array.from({ length: 300 }, (_, i) => ((i * 77) % 210) - 5), shape: [300] };
    const options = { size: [4, 6] } as const;
    const dy = randomOperand([300, 4, 6, 4], 3);
    const places = () => [upload(backend, boxes), upload(backend, boxIndices)] as const;
    const y = await evaluate(backend, () => cropAndResize(upload(backend, images), ...places(), options));
    expectWithinBound(y, oracle.cropAndResize(images, boxes, boxIndices, options), "cropAndResize y");
    const dimages = await evaluate(backend, () =>
      cropAndResizeBackward(images.shape, upload(backend, dy), ...places(), options),
    );
    const expected = oracle.cropAndResizeBackward(images.shape, dy, boxes, boxIndices, options);
    expectWithinBound(dimages, expected, "cropAndResizeBackward dimages");
  });

  test.each(
    sampledCases([
      { scales: [2, 1.5], mode: "nearest" },
      { scales: [2, 1.5], mode: "linear" },
      { sizes: [1, 61], mode: "linear" },
    ] as const),
  )("resamples in parts, forward and backward, %o", async (options) => {
    const x = randomOperand([200, 4, 6, 4], 1);
    const dy = randomOperand(oracle.resample2dOutputShape(x.shape, options), 2);
    const y = await evaluate(backend, () => resample2d(upload(backend, x), options));
    expectWithinBound(y, oracle.resample2d(x, options), "resample2d y");
    const dx = await evaluate(backend, () => resample2dBackward(x.shape, upload(backend, dy), options));
    expectWithinBound(dx, oracle.resample2dBackward(x.shape, dy, options), "resample2dBackward dx");
  });

  test.each(
    sampledCases([
      ["channels", [200, 4, 4, 12], [0, 0, 0, 4], [200, 4, 4, 8]],
      ["windows", [200, 7, 5, 3], [0, 1, 1, 0], [200, 5, 3, 3]],
    ] as const),
  )("slices and concatenates in parts: %s", async (_, shape, starts, sizes) => {
    const [x, dy] = [randomOperand(shape, 1), randomOperand(sizes, 2)];
    const y = await evaluate(backend, () => slice(upload(backend, x), starts, sizes));
    expectWithinBound(y, oracle.slice(x, starts, sizes), "slice y");
    const dx = await evaluate(backend, () => sliceBackward(shape, upload(backend, dy), starts));
    expectWithinBound(dx, oracle.sliceBackward(shape, dy, starts), "sliceBackward dx");
    const both = await evaluate(backend, () => concat([upload(backend, x), upload(backend, x)], -1));
    expectWithinBound(both, oracle.concat([x, x], -1), "concat y");
  });
});
