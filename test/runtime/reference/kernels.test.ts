import { describe, expect, test } from "vitest";
import { windowGeometry } from "../../../src/core/geometry.js";
import type { Kernel, Kernels } from "../../../src/core/kernels.js";
import { kernels } from "../../../src/runtime/reference/kernels.js";
import { magnitudes } from "../../../src/runtime/reference/magnitudes.js";
import { randomValues } from "../../support/random.js";

type Table = Kernels<Float32Array>;
type Name = keyof Table;
type Arrays = Readonly<Record<string, Float32Array | undefined>>;

const strided = {
  window: [3, 2],
  strides: [2, 1],
  dilations: [1, 1],
  padding: [1, 1, 1, 1],
  rounding: "floor",
} as const;
const pixels = { n: 2, h: 5, w: 6, c: 4 } as const;
const g = windowGeometry("test", pixels, strided, 6, 2);
const pool = windowGeometry("test", pixels, strided);
const pad = { ...pixels, p: 8, q: 8, padTop: 1, padBottom: 2, padLeft: 0, padRight: 2 };
const resampling = {
  geometry: { ...pixels, p: 9, q: 4 },
  linear: true,
  height: { step: 10, first: 14, whole: 18 },
  width: { step: 6, first: 5, whole: 4 },
};
const cropping = { ...pixels, boxes: 3, p: 3, q: 2, nearest: false, value: 0 };
const boxes = Float32Array.of(0, 0, 1, 1, 0.1, 0.2, 0.7, 0.9, 1, 1, 0.3, 0.4);
const boxIndices = Float32Array.of(0, 1, 0);
const xSize = 2 * 5 * 6 * 4;
const ySize = g.n * g.p * g.q * g.k;
const pooledSize = pool.n * pool.p * pool.q * pool.c;
const wSize = 3 * 2 * 2 * 6;

const random = randomValues;
const positive = (size: number, seed: number) => random(size, seed).map((value) => Math.abs(value) + 0.5);
/** A kernel must overwrite every element. */
const unset = (size: number) => new Float32Array(size).fill(Number.NaN);

function outputsOf<Attributes, Inputs, Outputs>(
  kernel: Kernel<Attributes, Inputs, Outputs>,
  attributes: NoInfer<Attributes>,
  inputs: NoInfer<Inputs>,
  outputs: NoInfer<Outputs>,
): NoInfer<Outputs> {
  kernel(attributes, inputs, outputs);
  return outputs;
}

/** One small call for each entry of the table. */
const calls: { readonly [Entry in Name]: (kernel: Table[Entry]) => Arrays } = {
  conv2d: (kernel) =>
    outputsOf(
      kernel,
      { geometry: g, relu: true, winograd: undefined },
      { x: random(xSize, 1), w: random(wSize, 2), bias: random(6, 3) },
      { y: unset(ySize) },
    ),
  conv2dBackwardInput: (kernel) =>
    outputsOf(
      kernel,
      { geometry: g, winograd: undefined },
      { dy: random(ySize, 1), w: random(wSize, 2), x: random(xSize, 3) },
      { dx: unset(xSize) },
    ),
  conv2dBackwardFilter: (kernel) =>
    outputsOf(kernel, g, { x: random(xSize, 1), dy: random(ySize, 2) }, { dw: unset(wSize), db: unset(6) }),
  conv2dBackwardBias: (kernel) => outputsOf(kernel, undefined, { dy: random(60, 1) }, { db: unset(6) }),
  convTranspose2d: (kernel) =>
    outputsOf(
      kernel,
      { geometry: g, relu: false },
      { x: random(ySize, 1), w: random(wSize, 2), bias: random(4, 3) },
      { y: unset(xSize) },
    ),
  matmul: (kernel) =>
    outputsOf(
      kernel,
      { m: 3, n: 4, k: 5, transposeA: true, transposeB: false, relu: false, batchShape: [], aBatch: [], bBatch: [] },
      { a: random(15, 1), b: random(20, 2), bias: random(4, 3) },
      { y: unset(12) },
    ),

  maxPool2d: (kernel) => outputsOf(kernel, pool, { x: random(xSize, 1) }, { y: unset(pooledSize) }),
  maxPool2dBackward: (kernel) =>
    outputsOf(
      kernel,
      { geometry: pool, ties: "all", rectified: true },
      { x: random(xSize, 1), dy: random(pooledSize, 2) },
      { dx: unset(xSize) },
    ),
  averagePool2d: (kernel) =>
    outputsOf(kernel, { geometry: pool, countIncludePad: true }, { x: random(xSize, 1) }, { y: unset(pooledSize) }),
  averagePool2dBackward: (kernel) =>
    outputsOf(kernel, { geometry: pool, countIncludePad: false }, { dy: random(pooledSize, 1) }, { dx: unset(xSize) }),
  globalAveragePool2d: (kernel) => outputsOf(kernel, { pixels: 30, c: 4 }, { x: random(xSize, 1) }, { y: unset(8) }),
  globalAveragePool2dBackward: (kernel) =>
    outputsOf(kernel, { pixels: 30, c: 4 }, { dy: random(8, 1) }, { dx: unset(xSize) }),
  globalMaxPool2d: (kernel) => outputsOf(kernel, { pixels: 30, c: 4 }, { x: random(xSize, 1) }, { y: unset(8) }),
  globalMaxPool2dBackward: (kernel) =>
    outputsOf(
      kernel,
      { pixels: 30, c: 4, ties: "first" },
      { x: random(xSize, 1), dy: random(8, 2) },
      { dx: unset(xSize) },
    ),
  pad2d: (kernel) =>
    outputsOf(kernel, { geometry: pad, mode: "constant", value: 3 }, { x: random(xSize, 1) }, { y: unset(512) }),
  pad2dBackward: (kernel) =>
    outputsOf(kernel, { geometry: pad, mode: "reflection" }, { dy: random(512, 1) }, { dx: unset(xSize) }),
  resample2d: (kernel) => outputsOf(kernel, resampling, { x: random(xSize, 1) }, { y: unset(288) }),
  cropAndResize: (kernel) =>
    outputsOf(kernel, cropping, { images: random(xSize, 1), boxes, boxIndices }, { y: unset(3 * 3 * 2 * 4) }),
  cropAndResizeBackward: (kernel) =>
    outputsOf(kernel, cropping, { dy: random(3 * 3 * 2 * 4, 1), boxes, boxIndices }, { dimages: unset(xSize) }),
  resample2dBackward: (kernel) => outputsOf(kernel, resampling, { dy: random(288, 1) }, { dx: unset(xSize) }),

  unary: (kernel) => outputsOf(kernel, { name: "sigmoid", numbers: {} }, { x: random(9, 1) }, { y: unset(9) }),
  unaryBackward: (kernel) =>
    outputsOf(kernel, { name: "sigmoid", numbers: {} }, { value: positive(9, 1), dy: random(9, 2) }, { dx: unset(9) }),
  binary: (kernel) =>
    outputsOf(
      kernel,
      { name: "add", shape: [2, 3], aShape: [2, 1], bShape: [3] },
      { a: random(2, 1), b: random(3, 2) },
      { y: unset(6) },
    ),
  binaryBackward: (kernel) =>
    outputsOf(
      kernel,
      { name: "mul", shape: [2, 3], aShape: [2, 1], bShape: [3], operand: "a" },
      { a: random(2, 1), b: random(3, 2), dy: random(6, 3) },
      { dx: unset(6) },
    ),
  dropout: (kernel) =>
    outputsOf(
      kernel,
      { seed: 1, threshold: 2 ** 31, scale: 2 },
      { x: random(11, 1), step: Float32Array.of(3), replica: Float32Array.of(5) },
      { y: unset(11) },
    ),

  reduceSum: (kernel) =>
    outputsOf(kernel, { shape: [2, 3, 4], keptShape: [2, 1, 4] }, { x: random(24, 1) }, { y: unset(8) }),
  reduceSumBackward: (kernel) =>
    outputsOf(kernel, { shape: [2, 3, 4], keptShape: [2, 1, 4] }, { dy: random(8, 1) }, { dx: unset(24) }),
  reduceMean: (kernel) =>
    outputsOf(kernel, { shape: [2, 3, 4], keptShape: [2, 1, 4] }, { x: random(24, 1) }, { y: unset(8) }),
  reduceMeanBackward: (kernel) =>
    outputsOf(kernel, { shape: [2, 3, 4], keptShape: [2, 1, 4] }, { dy: random(8, 1) }, { dx: unset(24) }),
  reduceMax: (kernel) =>
    outputsOf(kernel, { shape: [3, 4, 5], keptShape: [3, 1, 5] }, { x: random(60, 1) }, { y: unset(15) }),
  reduceMaxBackward: (kernel) =>
    outputsOf(
      kernel,
      { shape: [3, 4, 5], keptShape: [3, 1, 5] },
      { x: random(60, 1), dy: random(15, 2) },
      { dx: unset(60) },
    ),
  reduceMin: (kernel) =>
    outputsOf(kernel, { shape: [3, 4, 5], keptShape: [3, 1, 5] }, { x: random(60, 1) }, { y: unset(15) }),
  reduceMinBackward: (kernel) =>
    outputsOf(
      kernel,
      { shape: [3, 4, 5], keptShape: [3, 1, 5] },
      { x: random(60, 1), dy: random(15, 2) },
      { dx: unset(60) },
    ),
  argMax: (kernel) => outputsOf(kernel, { length: 4, inner: 5 }, { x: random(60, 1) }, { y: unset(15) }),
  softmax: (kernel) => outputsOf(kernel, { c: 4 }, { x: random(12, 1) }, { y: unset(12) }),
  softmaxBackward: (kernel) =>
    outputsOf(kernel, { c: 4 }, { y: positive(12, 1), dy: random(12, 2) }, { dx: unset(12) }),
  logSoftmax: (kernel) => outputsOf(kernel, { c: 4 }, { x: random(12, 1) }, { y: unset(12) }),
  logSoftmaxBackward: (kernel) =>
    outputsOf(kernel, { c: 4 }, { y: random(12, 1), dy: random(12, 2) }, { dx: unset(12) }),
  softmaxCrossEntropy: (kernel) =>
    outputsOf(
      kernel,
      { n: 3, c: 4, probabilities: false, reduction: "none", labelSmoothing: 0.1 },
      { logits: random(12, 1), labels: Float32Array.of(0, 3, 1), classWeights: positive(4, 2) },
      { loss: unset(3) },
    ),
  softmaxCrossEntropyBackward: (kernel) =>
    outputsOf(
      kernel,
      { n: 3, c: 4, probabilities: true, reduction: "mean", labelSmoothing: 0 },
      { logits: random(12, 1), labels: positive(12, 2), dy: Float32Array.of(-2) },
      { dlogits: unset(12) },
    ),
  pointwiseLoss: (kernel) =>
    outputsOf(
      kernel,
      { name: "huber", numbers: { delta: 1 }, reduction: "none" },
      { predictions: random(7, 1), targets: random(7, 2) },
      { loss: unset(7) },
    ),
  pointwiseLossBackward: (kernel) =>
    outputsOf(
      kernel,
      { name: "huber", numbers: { delta: 1 }, reduction: "mean" },
      { predictions: random(7, 1), targets: random(7, 2), dy: Float32Array.of(-2) },
      { dpredictions: unset(7), dtargets: unset(7) },
    ),

  batchNormalization: (kernel) =>
    outputsOf(
      kernel,
      { epsilon: 1e-3 },
      { x: random(20, 1), mean: random(4, 2), variance: positive(4, 3), scale: random(4, 4), bias: random(4, 5) },
      { y: unset(20) },
    ),
  batchNormalizationBackward: (kernel) =>
    outputsOf(
      kernel,
      { epsilon: 1e-3 },
      { x: random(20, 1), mean: random(4, 2), variance: positive(4, 3), dy: random(20, 4), scale: random(4, 5) },
      { dx: unset(20), dmean: unset(4), dvariance: unset(4), dscale: unset(4), dbias: unset(4) },
    ),
  batchNormalizationTraining: (kernel) =>
    outputsOf(
      kernel,
      { epsilon: 1e-3 },
      { x: random(20, 1), scale: random(4, 2), bias: random(4, 3) },
      { y: unset(20), mean: unset(4), variance: unset(4), deviation: unset(4) },
    ),
  batchNormalizationTrainingBackward: (kernel) =>
    outputsOf(
      kernel,
      { epsilon: 1e-3, hasDeviation: false },
      { x: random(20, 1), mean: random(4, 2), spread: positive(4, 3), dy: random(20, 4), scale: random(4, 5) },
      { dx: unset(20), dscale: unset(4), dbias: unset(4) },
    ),

  groupNormalization: (kernel) =>
    outputsOf(
      kernel,
      { n: 2, pixels: 3, c: 4, groups: 2, epsilon: 1e-3 },
      { x: random(24, 1), scale: random(4, 2), bias: random(4, 3) },
      { y: unset(24) },
    ),
  groupNormalizationBackward: (kernel) =>
    outputsOf(
      kernel,
      { n: 2, pixels: 3, c: 4, groups: 2, epsilon: 1e-3 },
      { x: random(24, 1), dy: random(24, 2), scale: random(4, 3) },
      { dx: unset(24), dscale: unset(4), dbias: unset(4) },
    ),

  transpose: (kernel) =>
    outputsOf(kernel, { extents: [4, 3, 2], strides: [1, 4, 12] }, { x: random(24, 1) }, { y: unset(24) }),
  slice: (kernel) =>
    outputsOf(
      kernel,
      { whole: [1, 1, 1, 4, 5, 3], starts: [0, 0, 0, 1, 2, 0], extents: [1, 1, 1, 2, 2, 3] },
      { x: random(60, 1) },
      { y: unset(12) },
    ),
  sliceBackward: (kernel) =>
    outputsOf(
      kernel,
      { whole: [1, 1, 1, 4, 5, 3], starts: [0, 0, 0, 1, 2, 0], extents: [1, 1, 1, 2, 2, 3] },
      { dy: random(12, 1) },
      { dx: unset(60) },
    ),
  gather: (kernel) =>
    outputsOf(
      kernel,
      { outer: 2, rows: 3, count: 5, inner: 4 },
      { x: random(24, 1), indices: Float32Array.of(0, 2, -1, 7, 2) },
      { y: unset(40) },
    ),
  gatherBackward: (kernel) =>
    outputsOf(
      kernel,
      { outer: 2, rows: 3, count: 5, inner: 4 },
      { indices: Float32Array.of(0, 2, -1, 7, 2), dy: random(40, 1) },
      { dx: unset(24) },
    ),
  oneHot: (kernel) => outputsOf(kernel, { depth: 4 }, { indices: Float32Array.of(0, 3, -1, 1) }, { y: unset(16) }),
  concat: (kernel) => outputsOf(kernel, { rows: 2 }, { z: random(6, 1), a: random(10, 2) }, { y: unset(16) }),

  sgdUpdate: (kernel) =>
    outputsOf(
      kernel,
      { momentum: 0.5, nesterov: true, weightDecay: 0.25 },
      { w: random(5, 1), dw: random(5, 2), velocity: random(5, 3), hyper: Float32Array.of(-0.125, 2) },
      { w: unset(5), velocity: unset(5) },
    ),
  adamUpdate: (kernel) =>
    outputsOf(
      kernel,
      { beta1: 0.875, beta2: 0.9375, epsilon: 1e-3, weightDecay: 0.25, decoupled: false },
      {
        w: random(5, 1),
        dw: random(5, 2),
        m: random(5, 3),
        v: positive(5, 4),
        hyper: Float32Array.of(0.125, 2, 0.5, 0.25),
      },
      { w: unset(5), m: unset(5), v: unset(5) },
    ),
  rmspropUpdate: (kernel) =>
    outputsOf(
      kernel,
      { rho: 0.875, momentum: 0.5, epsilon: 1e-3, centered: true, weightDecay: 0.25, decoupled: true },
      {
        w: random(5, 1),
        dw: random(5, 2),
        v: positive(5, 3),
        velocity: random(5, 4),
        m: random(5, 5),
        hyper: Float32Array.of(0.125, 2),
      },
      { w: unset(5), v: unset(5), velocity: unset(5), m: unset(5) },
    ),
  adagradUpdate: (kernel) =>
    outputsOf(
      kernel,
      { epsilon: 1e-3, weightDecay: 0.25, decoupled: false },
      { w: random(5, 1), dw: random(5, 2), accumulator: positive(5, 3), hyper: Float32Array.of(0.125, 2) },
      { w: unset(5), accumulator: unset(5) },
    ),
  clipScale: (kernel) =>
    outputsOf(kernel, { clipNorm: 2 }, { sumOfSquares: Float32Array.of(1, 4, 9) }, { y: unset(3) }),
};

function call<Entry extends Name>(table: Table, name: Entry): Arrays {
  return calls[name](table[name]);
}

/** The errors of these outputs do not follow from their own terms and K alone. See the files of these kernels. */
const NO_SUM_OF_TERMS = ["batchNormalizationBackward dx", "batchNormalizationTraining mean"];

describe("every kernel of the reference", () => {
  const names = Object.keys(calls).filter((name): name is Name => name in calls);

  test("is in the table with its magnitude", () => {
    expect(Object.keys(kernels).sort()).toEqual(names.toSorted());
    expect(Object.keys(magnitudes).sort()).toEqual(names.toSorted());
  });

  test.each(names)("%s writes every element of its outputs", (name) => {
    for (const [output, values] of Object.entries(call(kernels, name))) {
      expect(values?.every(Number.isFinite), output).toBe(true);
    }
  });

  test.each(names)("%s stays within Σ|terms|, which is 0 for a kernel that only moves values", (name) => {
    const sums = call(magnitudes, name);
    for (const [output, values] of Object.entries(call(kernels, name))) {
      const magnitude = sums[output];
      expect(
        magnitude?.every((sum) => Number.isFinite(sum) && sum >= 0),
        output,
      ).toBe(true);
      const moved = magnitude?.every((sum) => sum === 0);
      if (moved) expect(MOVING).toContain(name);
      if (moved || NO_SUM_OF_TERMS.includes(`${name} ${output}`)) continue;
      // Both values are rounded to float32.
      const within = values?.every((value, i) => Math.abs(value) <= (magnitude?.[i] ?? 0) * (1 + 2 ** -22));
      expect(within, output).toBe(true);
    }
  });
});

const MOVING: readonly Name[] = [
  "argMax",
  "concat",
  "gather",
  "globalMaxPool2d",
  "globalMaxPool2dBackward",
  "maxPool2d",
  "oneHot",
  "pad2d",
  "reduceMax",
  "reduceMin",
  "reduceSumBackward",
  "slice",
  "sliceBackward",
  "transpose",
];

describe("conv2dBackwardInput", () => {
  const call = (x?: Float32Array) => {
    const inputs = { dy: random(ySize, 1), w: random(wSize, 2), x };
    return outputsOf(kernels.conv2dBackwardInput, { geometry: g, winograd: undefined }, inputs, { dx: unset(xSize) })
      .dx;
  };

  test("passes the gradient through the ReLU where x is positive or NaN", () => {
    const x = random(xSize, 3).map((value, i) => (i % 7 === 0 ? Number.NaN : value));
    expect(call(x)).toEqual(call().map((value, i) => (i % 7 === 0 || (x[i] ?? 0) > 0 ? value : 0)));
  });
});
