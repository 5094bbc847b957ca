import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  averagePool2dBackward,
  type Backend,
  batchNormalization,
  batchNormalizationTraining,
  createBackend,
  exp,
  layerNormalizationBackward,
  mul,
  reduceSum,
  resample2d,
  resample2dBackward,
  reshape,
  slice,
  softmaxBackward,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  sqrtBackward,
  type Tensor,
  tanhBackward,
  valueAndGradients,
} from "webgpu-cnn";
import { existing } from "../../src/core/objects.js";
import type { Launcher } from "../../src/core/operation.js";
import type { Storage } from "../../src/core/storage.js";
import { execute } from "../../src/ops/kit/execute.js";
import { sizeOf } from "../support/float64/operand.js";
import { ALL_OPERATORS, named, type Operator } from "../support/operators.js";
import { mulberry32 } from "../support/random.js";
import { sampled } from "../support/sampling.js";
import { VARIANTS } from "../support/variants.js";

// Where an intermediate result overflows float32, nothing is promised. `validate` must then blame no operator. Elsewhere
// it must stay as strict as ever.

/** Of the kind that is being tested. */
let backend: Backend;

/** The largest number of float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
/** Numbers whose sums or products overflow, alone, in cancelling pairs, and among ordinary ones. */
const MIXTURES = [
  [3e38, -3e38, 1],
  [1e20, -1e20, 1, 0],
  [3e38, 3e38, -3e38],
  [3e38, -3e38, 1e20, -1e20, 1e38, 1e-20, 1, -1, 0.5, 0],
  [3e38, 1e19, 1e-10, 1e-30, 0, -1],
  [3e38],
  [LARGEST, -LARGEST, 1, 2e31],
  [1e20, 3e19, 1.5e19],
  [1e38, 1e-38, 0.5, -1, 1e-20, 1e20],
];

/** An optimizer's rate and factors are ordinary and positive. Classes are numbers from 0 to 7. */
function valuesOf(argument: string, size: number, next: () => number): Float32Array {
  const mixture = MIXTURES[Math.floor(next() * MIXTURES.length)] ?? [];
  return Float32Array.from({ length: size }, () => {
    if (argument === "hyper") return 0.1 + 0.8 * next();
    if (argument === "classes") return Math.floor(8 * next());
    return mixture[Math.floor(next() * mixture.length)] ?? 0;
  });
}

function call({ tensors, options, call }: Operator, seed: number): void {
  const next = mulberry32(seed);
  backend.tidy(() => {
    const made = Object.entries(tensors).map(
      ([argument, shape]) => [argument, backend.tensor(valuesOf(argument, sizeOf(shape), next), shape)] as const,
    );
    const byName = new Map(made);
    call((argument) => existing(byName.get(argument)), options);
  });
}

/** The gradients of batch normalization, whose four rows are the values. */
function spreadless(x: Tensor, dy: Tensor): { readonly dx: Tensor } {
  const rows = (tensor: Tensor) => reshape(tensor, [4, 1]);
  const { gradients } = valueAndGradients(({ x }) => reduceSum(mul(batchNormalizationTraining(x).y, rows(dy))), {
    x: rows(x),
  });
  return { dx: gradients.x };
}

/** Copies `result`, but makes one element larger by a thousandth. */
const almostRight = {
  path: "shaders/test/almostRight.wgsl",
  source: `const WORKGROUP_SIZE: u32 = 64;
struct Params {
  invocations: u32,
  wrongAt: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> result: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.invocations) {
    y[id.x] = result[id.x] * select(1.0, 1.001, id.x == params.wrongAt);
  }
}`,
  imports: [],
};

function writeAlmostRight(launcher: Launcher, result: Storage, y: Storage, wrongAt: number): void {
  launcher.launch({
    shader: almostRight,
    constants: {},
    params: { wrongAt },
    bindings: { result, y },
    invocations: y.elements,
    work: y.elements,
  });
}

/** Operators that are wrong at one place. Of their eight values the first four overflow on the way. */
const WRONG: Readonly<Record<string, (wrongAt: number) => void>> = {
  softmaxBackward(wrongAt) {
    const y = backend.tensor([3e38, 3e38, 3e38, 1, 0.1, 0.2, 0.3, 0.4], [2, 4]);
    const dy = backend.tensor([3e38, 3e38, 3e38, 1, 1, 2, 3, -4], [2, 4]);
    execute({
      name: "softmaxBackward",
      inputs: { y, dy, result: softmaxBackward(y, dy) },
      outputs: { dx: y.shape },
      gpu: (launcher, { result }, { dx }) => writeAlmostRight(launcher, result, dx, wrongAt),
      cpu: (kernels, inputs, outputs) => kernels.softmaxBackward({ c: 4 }, inputs, outputs),
      terms: 4,
    });
  },

  tanhBackward(wrongAt) {
    const value = backend.tensor([3e38, -3e38, 1e20, 3e38, 0.1, 0.2, 0.3, 0.4]);
    const dy = backend.tensor([0, 1e-20, 1e-30, 0, 1, 2, 3, -4]);
    execute({
      name: "tanhBackward",
      inputs: { value, dy, result: tanhBackward(value, dy) },
      outputs: { dx: value.shape },
      gpu: (launcher, { result }, { dx }) => writeAlmostRight(launcher, result, dx, wrongAt),
      cpu: (kernels, inputs, outputs) => kernels.unaryBackward({ name: "tanh", numbers: {} }, inputs, outputs),
      terms: 1,
    });
  },

  batchNormalization(wrongAt) {
    const x = backend.tensor([3e38, 3e38, -3e38, 3e38, 1, 2, 3, 4], [8, 1]);
    const [mean, variance, scale] = [backend.tensor([0.5]), backend.tensor([1e-5]), backend.tensor([1e-6])];
    execute({
      name: "batchNormalization",
      inputs: { x, mean, variance, scale, result: batchNormalization(x, mean, variance, { scale }) },
      outputs: { y: x.shape },
      gpu: (launcher, { result }, { y }) => writeAlmostRight(launcher, result, y, wrongAt),
      cpu: (kernels, inputs, outputs) => kernels.batchNormalization({ epsilon: 1e-5 }, inputs, outputs),
      terms: 2,
    });
  },
};

describe.each(["webgpu", "wasm"] as const)("on %s", (kind) => {
  beforeAll(async () => {
    backend = await createBackend({ kind, validate: true });
  });
  afterAll(() => backend.destroy());

  test.each(named([...ALL_OPERATORS, ...VARIANTS]))("%s: results that overflow on the way", async (_, operator) => {
    for (let seed = 1; seed <= sampled(4); seed++) call(operator, seed);
    await backend.settled();
  });

  test("a sum may overflow on its way to an infinity among its terms", async () => {
    const x = [3e38, 3e38, Infinity, -3e38, -3e38, -3e38, -3e38, 3e38];
    await reduceSum(backend.tensor(x)).read();
  });

  test("a result next to the largest number may be rounded to infinity, or an infinite one down", async () => {
    const around = Float32Array.from({ length: 64 }, (_, i) => Math.log(2 ** 128) + (i - 32) * 2 ** -17);
    await exp(backend.tensor(around)).read();
  });

  test("gradients are right where only a rearranged intermediate result would overflow or vanish", async () => {
    const large = backend.full([1, 4], 3e38);
    const dy = backend.tensor([1e20, -1e20, 1e20, -1e20], [1, 4]);
    expect([...(await sqrtBackward(large, large).read())]).toEqual([0.5, 0.5, 0.5, 0.5]);
    // Without spread, dx is dy / √epsilon.
    for (const { dx } of [layerNormalizationBackward(large, dy), spreadless(large, dy)]) {
      for (const value of await dx.read()) expect(Math.abs(value) / 1e22).toBeCloseTo(3.1623, 3);
    }
    // The loss is 3e38 · ln 2, divided by the weight 3e38.
    const options = { classWeights: backend.tensor([3e38, 0]) };
    const [logits, labels] = [backend.zeros([1, 2]), backend.zeros([1])];
    expect((await softmaxCrossEntropy(logits, labels, options).read())[0]).toBeCloseTo(Math.LN2, 5);
    // The mean of 3e38 is 3e38, and so is the gradient of windows that overlap.
    const images = backend.full([1, 4, 4, 3], 3e38);
    const options2d = { windowDimensions: 2, strides: 1 };
    const halves = resample2d(images, { sizes: [2, 2], mode: "linear" });
    const spread = averagePool2dBackward([1, 5, 5, 3], images, options2d);
    for (const tensor of [halves, slice(spread, [0, 1, 1, 0], [1, 3, 3, 3])]) {
      for (const value of await tensor.read()) expect(value / 3e38).toBeCloseTo(1, 5);
    }
    const slope = backend.full([], 1024);
    expect((await softmaxCrossEntropyBackward(logits, labels, slope, options).read())[1]).toBeCloseTo(512, 3);
    await backend.settled();
  });

  test.runIf(kind === "wasm")("a gradient of resampling adds along the axis that does not grow first", async () => {
    // Eleven rows become three, and one column becomes two of sixteen.
    const ofResampling = (dy: number) =>
      resample2dBackward([1, 3, 16, 3], backend.full([1, 11, 1, 3], dy), { sizes: [11, 1], mode: "linear" }).read();
    const largeGradient = await ofResampling(1e38);
    for (const [i, value] of (await ofResampling(1)).entries())
      expect((largeGradient[i] ?? 0) / 1e38).toBeCloseTo(value, 5);
  });

  describe.runIf(kind === "webgpu")("with wrong kernels", () => {
    test.each(Object.entries(WRONG))("a wrong %s is found beside results that overflow", async (name, call) => {
      backend.tidy(() => call(99));
      await backend.settled();
      backend.tidy(() => call(6));
      await expect(backend.settled()).rejects.toThrow(new RegExp(`^${name}: `));
    });
  });
});
