import { afterEach, expect, test } from "vitest";
import {
  abs,
  add,
  averagePool2d,
  type Backend,
  batchNormalizationTraining,
  conv2d,
  conv2dBackward,
  createBackend,
  DisposedError,
  div,
  globalAveragePool2d,
  matmul,
  maxPool2d,
  meanSquaredError,
  mul,
  reduceMean,
  reduceSum,
  reluBackward,
  softmaxCrossEntropy,
  type Tensor,
  ValidationError,
  type ValidationReport,
} from "webgpu-cnn";
import { execute } from "../../src/ops/kit/execute.js";
import { randomOperand } from "../support/random.js";

const opened: Backend[] = [];
afterEach(() => {
  for (const backend of opened.splice(0)) backend.destroy();
});

async function open(validate: true | ((report: ValidationReport) => void)): Promise<Backend> {
  const backend = await createBackend({ kind: "webgpu", validate });
  opened.push(backend);
  return backend;
}

/** Copies x, but adds 1e-3 to the element at `wrongAt`. */
const almostCopy = {
  path: "shaders/test/almostCopy.wgsl",
  source: `const WORKGROUP_SIZE: u32 = 64;
struct Params {
  invocations: u32,
  wrongAt: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.invocations) {
    y[id.x] = x[id.x] + select(0.0, 1e-3, id.x == params.wrongAt);
  }
}`,
  imports: [],
};

function copy(x: Tensor, wrongAt: number): Tensor {
  return execute({
    name: "almostCopy",
    inputs: { x },
    outputs: { y: x.shape },
    gpu(launcher, { x }, { y }) {
      const params = { wrongAt };
      launcher.launch({
        shader: almostCopy,
        constants: {},
        params,
        bindings: { x, y },
        invocations: x.elements,
        work: x.elements,
      });
    },
    // The mean of one value is that value.
    cpu: (kernels, inputs, outputs) => kernels.globalAveragePool2d({ pixels: 1, c: x.size }, inputs, outputs),
    terms: 1,
  }).y;
}

test("a wrong kernel rejects the next read once, with operator, tensor, index, both values and the bound", async () => {
  const backend = await open(true);
  const x = backend.full([2, 3, 4], 0.5);
  const wrong = copy(x, 17);
  const message =
    /^almostCopy: y\[1, 1, 1\] is 0\.500999\d*, the CPU reference gives 0\.5 ± 1\.78\d*e-7 \(y \[2, 3, 4\]\)/;
  const rejection = await wrong.read().catch((error: unknown) => error);
  expect(rejection).toBeInstanceOf(ValidationError);
  expect(rejection).toMatchObject({ message: expect.stringMatching(message) });
  expect((await wrong.read())[17]).toBeCloseTo(0.501, 6);
  await backend.settled();
});

test("validation allows a subnormal number to become 0, but no other change", async () => {
  const backend = await open(true);
  const tiny = backend.full([1, 2, 2, 4], 1e-40);
  const results = [
    conv2d(tiny, backend.full([1, 1, 4, 4], 1e6)),
    maxPool2d(tiny, { windowDimensions: 2 }),
    reluBackward(tiny, backend.full(tiny.shape, 5)),
    add(tiny, tiny),
    mul(tiny, backend.full([1], 1e30)),
    div(tiny, tiny),
    div(backend.full([1], 1e-38), backend.full([1], 1e3)),
    reduceSum(tiny),
    abs(tiny),
  ];
  for (const result of results) await result.read();
  copy(tiny, 3);
  await expect(backend.settled()).rejects.toThrow(/^almostCopy: y\[0, 0, 0, 3\]/);
});

test("validation promises nothing for a mean whose sum overflows", async () => {
  const backend = await open(true);
  const large = backend.full([1, 2, 4, 1], 3e38);
  const results = [
    reduceMean(large),
    averagePool2d(large, { windowDimensions: 2 }),
    globalAveragePool2d(large),
    meanSquaredError(large, backend.zeros(large.shape)),
    batchNormalizationTraining(large).mean,
    softmaxCrossEntropy(backend.tensor([[3e38, 0]]), backend.full([1], 1), { classWeights: backend.full([2], 3) }),
  ];
  for (const result of results) await result.read();
});

test("validation lets a sum of finite values that overflows be infinite or NaN", async () => {
  const backend = await open(true);
  const x = backend.tensor([3e38, 3e38, 3e38, -3e38, -3e38, -3e38, 3e38, 3e38, 3e38], [1, 9]);
  await reduceSum(x).read();
  await matmul(x, backend.full([9, 1], 2)).read();
  const infinite = backend.tensor([Infinity, 1], [1, 2]);
  expect([...(await matmul(infinite, backend.full([2, 1], 2)).read())]).toEqual([Infinity]);
});

test("each mismatch rejects settled() once if no read takes it", async () => {
  const backend = await open(true);
  const x = backend.full([2, 3, 4], 0.5);
  copy(x, 0);
  copy(x, 99);
  copy(x, 23);
  await expect(backend.settled()).rejects.toThrow(/^almostCopy: y\[0, 0, 0\]/);
  await expect(backend.settled()).rejects.toThrow(/^almostCopy: y\[1, 2, 3\]/);
  await backend.settled();
});

test("right kernels pass, and the report gives their errors", async () => {
  const reports: ValidationReport[] = [];
  const backend = await open((report) => reports.push(report));
  const x = backend.tensor(randomOperand([2, 6, 6, 5], 1).data, [2, 6, 6, 5]);
  const w = backend.tensor(randomOperand([3, 3, 5, 4], 2).data, [3, 3, 5, 4]);
  // Without a bias, and on tensors that are disposed of before the comparison.
  const y = conv2d(x, w, { padding: 1, activation: "relu" });
  const pooled = maxPool2d(y, { windowDimensions: 2 });
  const { dx, dw, db } = conv2dBackward(x, w, y, { padding: 1 });
  for (const tensor of [x, w, y, dx, dw, db]) tensor.dispose();
  await pooled.read();
  expect(reports.map(({ operator, tensor }) => `${operator} ${tensor}`).sort()).toEqual([
    "conv2d y",
    "conv2dBackwardFilter db",
    "conv2dBackwardFilter dw",
    "conv2dBackwardInput dx",
    "maxPool2d y",
  ]);
  for (const { largestShare } of reports) expect(largestShare).toBeLessThan(1);
  expect(reports.find(({ operator }) => operator === "conv2d")?.shape).toEqual([2, 6, 6, 4]);
});

test("an error that the report throws is not lost", async () => {
  const backend = await open(() => {
    throw new RangeError("from the report");
  });
  copy(backend.full([2], 1), 99);
  await expect(backend.settled()).rejects.toThrow(new RangeError("from the report"));
});

test("a mismatch stays pending when a read fails for another reason", async () => {
  const backend = await open(true);
  copy(backend.full([2], 1), 0);
  const gone = backend.full([2], 1);
  gone.dispose();
  await expect(gone.read()).rejects.toThrow(DisposedError);
  await expect(backend.settled()).rejects.toThrow(ValidationError);
});
