import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  createBackend,
  cropAndResize,
  cropAndResizeBackward,
  maximumBackward,
  maxPool2d,
  maxPool2dBackward,
  mul,
  relu,
  type Tensor,
} from "webgpu-cnn";
import { upload } from "../../support/backends.js";
import type { Operand } from "../../support/float64/operand.js";
import { randomOperand } from "../../support/random.js";

// Tensors that take several jobs. All results are exact, so both runtimes give the same bits.

/** Integers from 0 below a number. */
function integers(shape: readonly number[], seed: number, below: number): Operand {
  const values = randomOperand(shape, seed);
  return { shape, data: values.data.map((value) => Math.min(below - 1, Math.floor(((value + 1) / 2) * below))) };
}

describe("kernels with several jobs", () => {
  let backends: readonly Backend[] = [];
  beforeAll(async () => {
    backends = await Promise.all([createBackend({ kind: "wasm" }), createBackend({ kind: "cpu" })]);
  });
  afterAll(() => {
    for (const backend of backends) backend.destroy();
  });

  async function expectSameBits(make: (backend: Backend) => readonly Tensor[]): Promise<void> {
    const made = backends.map((backend) => backend.tidy(() => make(backend)));
    const [ofWasm = [], ofReference = []] = await Promise.all(
      made.map((tensors) => Promise.all(tensors.map((tensor) => tensor.read()))),
    );
    for (const tensor of made.flat()) tensor.dispose();
    expect(ofWasm.length).toBeGreaterThan(0);
    for (const [i, values] of ofWasm.entries()) {
      const [bits, expected] = [values, ofReference[i] ?? new Float32Array()].map(
        ({ buffer }) => new Int32Array(buffer),
      );
      const first = bits?.findIndex((word, at) => word !== expected?.[at]);
      expect([bits?.length, first]).toEqual([expected?.length, -1]);
    }
  }

  test("elementwise, of one operand", () =>
    expectSameBits((backend) => [relu(upload(backend, randomOperand([600_003], 1)))]));

  test.each([
    ["equal shapes", [300_001], [300_001]],
    ["a scalar", [600_003], []],
    ["a short vector, with a last row that is cut off", [100_003, 3], [3]],
    ["a short vector first", [5], [80_001, 5]],
    ["a vector", [3001, 101], [101]],
    ["rows with one value each", [40_001, 9], [40_001, 1]],
    ["few long rows", [3, 2, 100_001], [3, 1, 100_001]],
    ["five outer axes", [4, 5, 6, 7, 8, 31], [4, 1, 6, 1, 8, 1]],
    ["outer axes that either operand lacks", [1, 10, 1, 70, 33], [9, 1, 2, 1, 1]],
  ])("elementwise, of two operands: %s", (_title, aShape, bShape) =>
    expectSameBits((backend) => {
      const [a, b] = [upload(backend, randomOperand(aShape, 1)), upload(backend, randomOperand(bShape, 2))];
      const y = mul(a, b);
      // Gradients of operands that are not stretched, because sums would round.
      const [whole, other] = a.shape.join() === y.shape.join() ? [a, b] : [b, a];
      if (whole.shape.join() !== y.shape.join()) return [y];
      return [y, maximumBackward(whole, other, y).da];
    }),
  );

  test.each(["bilinear", "nearest"] as const)("of crops, %s", (mode) =>
    expectSameBits((backend) => {
      // Points are multiples of 1/8, and values are small integers: nothing is rounded.
      const [count, h, w, c] = [240, 17, 33, 13];
      const corners = integers([count, 4], 1, 17);
      const boxes = backend.tensor(
        corners.data.map((corner) => (corner - 3) / 8),
        corners.shape,
      );
      const numbers = integers([count], 2, 4);
      const boxIndices = backend.tensor(numbers.data, numbers.shape);
      const images = upload(backend, integers([3, h, w, c], 3, 9));
      const dy = upload(backend, integers([count, 17, 9, c], 4, 9));
      const options = { size: [17, 9], mode, extrapolationValue: 0.1 } as const;
      return [
        cropAndResize(images, boxes, boxIndices, options),
        cropAndResizeBackward(images.shape, dy, boxes, boxIndices, options),
      ];
    }),
  );

  const shape = [3, 40, 38, 19] as const;

  test.each([
    ["windows that overlap", { windowDimensions: 3, strides: 1, padding: 1 }],
    ["long windows that overlap", { windowDimensions: [11, 2], strides: 1, padding: [5, 5, 0, 0] }],
    [
      "strides, and windows that are cut off",
      { windowDimensions: [3, 5], strides: 2, padding: [1, 1, 2, 2], outputShapeRounding: "ceil" },
    ],
    ["windows side by side", { windowDimensions: 2 }],
    ["windows apart", { windowDimensions: 2, strides: 3 }],
    ["dilated windows", { windowDimensions: 3, strides: 1, dilations: [2, 5], padding: [2, 1, 3, 0] }],
    ["windows whose code would be too long", { windowDimensions: [21, 30], strides: 1, padding: [10, 10, 15, 14] }],
  ] as const)("of max pools: %s", (_title, options) =>
    expectSameBits((backend) => {
      const x = upload(backend, integers(shape, 1, 40));
      const y = maxPool2d(x, options);
      const dy = upload(backend, integers(y.shape, 2, 9));
      const ways = [{ ties: "first" }, { ties: "all" }, { ties: "first", rectified: true }] as const;
      return [y, ...ways.map((way) => maxPool2dBackward(x, dy, { ...options, ...way }))];
    }),
  );

  test.each([
    ["in code", { windowDimensions: [2, 4], strides: [1, 2] }],
    ["in code, one axis after the other", { windowDimensions: 4, strides: [2, 1] }],
    ["in code, with more terms than registers", { windowDimensions: [32, 16], strides: [3, 2] }],
    ["by tables, in float64", { windowDimensions: 32, strides: 1, padding: 16, countIncludePad: true }],
    [
      "by tables, along one axis",
      { windowDimensions: [1, 32], strides: 1, padding: [0, 0, 16, 15], countIncludePad: true },
    ],
    [
      "by a table along one axis, in code along the other",
      { windowDimensions: [32, 2], strides: [1, 2], padding: [16, 15, 0, 0], countIncludePad: true },
    ],
  ] as const)("of average pools: %s", (_title, options) =>
    expectSameBits((backend) => {
      // The divisors are powers of two: nothing is rounded.
      const y = averagePool2d(upload(backend, integers(shape, 1, 9)), options);
      return [y, averagePool2dBackward(shape, upload(backend, integers(y.shape, 2, 9)), options)];
    }),
  );
});
