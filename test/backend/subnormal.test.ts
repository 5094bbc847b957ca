import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, concat, createBackend, softmaxCrossEntropy, type Tensor } from "webgpu-cnn";
import { execute } from "../../src/ops/kit/execute.js";
import { sizeOf } from "../support/float64/operand.js";
import { ALL_OPERATORS, named, type Operator } from "../support/operators.js";
import { mulberry32 } from "../support/random.js";
import { sampled } from "../support/sampling.js";

// WGSL lets an adapter flush subnormal numbers to 0. `validate` must allow that for every operator, and nothing more.

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "webgpu", validate: true });
});
afterAll(() => backend.destroy());

/** Subnormal numbers, the smallest normal ones, zeros, ordinary ones, and large ones whose products with those are ordinary. */
const TINY = [1e-40, -1e-42, 2 ** -149, 2 ** -126, -(2 ** -126), 0, -0];
const ORDINARY = [1, -0.5, 1.5, -3, 1e6, -1e-6];
const LARGE = [1e12, -1e10];
const MIXTURES = [TINY, [...TINY, ...ORDINARY], [...TINY, ...ORDINARY, ...LARGE]];

function mixture(size: number, next: () => number, values: readonly number[]): Float32Array {
  return Float32Array.from({ length: size }, () => values[Math.floor(next() * values.length)] ?? 0);
}

/** Calls an operator on random values. An optimizer's rate and factors are ordinary and positive. */
function call(backend: Backend, { tensors, options, call }: Operator, seed: number): void {
  const next = mulberry32(seed);
  const values = MIXTURES[seed % MIXTURES.length] ?? TINY;
  backend.tidy(() => {
    const made = Object.entries(tensors).map(([argument, shape]): [string, Tensor] => {
      const size = sizeOf(shape);
      const hyper = () => Float32Array.from({ length: size }, () => 0.1 + 0.8 * next());
      return [argument, backend.tensor(argument === "hyper" ? hyper() : mixture(size, next, values), shape)];
    });
    const byName = new Map(made);
    call((argument) => {
      const tensor = byName.get(argument);
      if (!tensor) throw new Error(`there is no ${argument}`);
      return tensor;
    }, options);
  });
}

test.each(named(ALL_OPERATORS))("%s: subnormal numbers among the inputs", async (_, operator) => {
  for (let seed = 1; seed <= sampled(3); seed++) call(backend, operator, seed);
  await backend.settled();
});

describe("on WebAssembly", () => {
  let wasm: Backend;
  beforeAll(async () => {
    wasm = await createBackend({ kind: "wasm", validate: true });
  });
  afterAll(() => wasm.destroy());

  test.each(named(ALL_OPERATORS))("%s: subnormal numbers among the inputs", async (_, operator) => {
    for (let seed = 1; seed <= 6; seed++) call(wasm, operator, seed);
    await wasm.settled();
  });

  test("subnormal class weights cost no digits of their mean", async () => {
    const [logits, labels] = [wasm.tensor([1, 2, 3, 4, 5, 7], [2, 3]), wasm.tensor([0, 2])];
    const plain = await softmaxCrossEntropy(logits, labels).read();
    const classWeights = wasm.full([3], 2 ** -149);
    const loss = await softmaxCrossEntropy(logits, labels, { classWeights }).read();
    expect(loss[0]).toBeCloseTo(plain[0] ?? 0, 5);
    await wasm.settled();
  });
});

test("an operator of many inputs with subnormal numbers is compared in time that does not double with each input", async () => {
  const y = backend.tidy(() =>
    concat(
      Array.from({ length: 40 }, (_, i) => backend.tensor([1e-40, i])),
      0,
    ),
  );
  expect((await y.read())[79]).toBe(39);
  await backend.settled();
  y.dispose();
});

/** Claims to multiply x by a factor. Writes `value`, but 0 to every second element, and twice the value to one. */
const partlyFlushed = {
  path: "shaders/test/partlyFlushed.wgsl",
  source: `const WORKGROUP_SIZE: u32 = 64;
struct Params {
  invocations: u32,
  wrongAt: u32,
  value: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.invocations) {
    y[id.x] = select(params.value, 0.0, id.x % 2u == 1u) * select(1.0, 2.0, id.x == params.wrongAt);
  }
}`,
  imports: [],
};

function scaled(x: Tensor, factor: number, value: number, wrongAt: number): void {
  const m = x.size;
  execute({
    name: "partlyFlushed",
    inputs: { a: x, b: backend.full([1, 1], factor) },
    outputs: { y: [m, 1] },
    gpu(launcher, _, { y }) {
      const params = { wrongAt, value };
      launcher.launch({ shader: partlyFlushed, constants: {}, params, bindings: { y }, invocations: m, work: m });
    },
    cpu(kernels, { a, b }, outputs) {
      const whole = { transposeA: false, transposeB: false, relu: false, batchShape: [], aBatch: [], bBatch: [] };
      kernels.matmul({ ...whole, m, n: 1, k: 1 }, { a, b, bias: undefined }, outputs);
    },
    terms: 1,
  });
}

test("an adapter may flush some elements and not others, and a wrong one among them is found", async () => {
  const x = backend.full([6], 1e-40);
  const value = Math.fround(1e-40) * 1e30;
  scaled(x, 1e30, value, 99);
  await backend.settled();
  scaled(x, 1e30, value, 4);
  await expect(backend.settled()).rejects.toThrow(/^partlyFlushed: y\[4, 0\]/);
});
