import fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  averagePool2d,
  type Backend,
  batchNormalization,
  batchNormalizationTraining,
  concat,
  conv2d,
  conv2dBackwardInput,
  convTranspose2d,
  createBackend,
  dropout,
  globalAveragePool2d,
  globalMaxPool2d,
  leakyRelu,
  matmul,
  maxPool2d,
  meanSquaredError,
  mul,
  OptionError,
  pad2d,
  reduceMean,
  reduceSum,
  relu,
  resample2d,
  reshape,
  ShapeError,
  sigmoid,
  slice,
  softmax,
  softmaxCrossEntropy,
  type Tensor,
  tanh,
  transpose,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";
import { randomOperand } from "../support/random.js";
import { sampled } from "../support/sampling.js";

const random = (backend: Backend, shape: readonly number[], seed: number) =>
  backend.tensor(randomOperand(shape, seed).data, shape);

/** Every operator with a gradient, as a function from a tensor [2, 4, 4, 4] to a tensor of the same shape. */
const LAYERS: Readonly<Record<string, (x: Tensor, other: Tensor, seed: number) => Tensor>> = {
  add: (x, other) => add(x, other),
  "add of a bias": (x, other) => add(x, reshape(slice(other, [0, 0, 0, 0], [1, 1, 1, 4]), [4])),
  averagePool2d: (x) => averagePool2d(x, { windowDimensions: 3, strides: 1, padding: 1 }),
  batchNormalization: (x, other) =>
    batchNormalization(
      x,
      reduceMean(other, { axes: [0, 1, 2] }),
      add(sigmoid(reduceSum(other, { axes: [0, 1, 2] })), x.backend.full([4], 0.5)),
      { scale: reduceMean(x, { axes: [0, 1, 2] }) },
    ),
  batchNormalizationTraining: (x) => batchNormalizationTraining(x, { epsilon: 0.1 }).y,
  concat: (x, other) => concat([slice(x, [0, 0, 0, 0], [2, 1, 4, 4]), slice(other, [0, 1, 0, 0], [2, 3, 4, 4])], 1),
  conv2d: (x, other) => conv2d(x, reshape(slice(other, [0, 0, 0, 0], [1, 4, 4, 4]), [2, 2, 4, 4]), { padding: "same" }),
  "conv2d with all options": (x, other, seed) =>
    conv2d(x, random(x.backend, [4, 2, 3, 3], seed), {
      bias: reduceMean(other, { axes: [0, 1, 2] }),
      activation: "relu",
      groups: 2,
      padding: 1,
      filterLayout: "oihw",
    }),
  "conv2d in nchw": (x, other) => conv2d(x, slice(other, [0, 0, 0, 0], [1, 1, 4, 4]), { inputLayout: "nchw" }),
  convTranspose2d: (x, other) =>
    convTranspose2d(x, reshape(slice(other, [0, 0, 0, 0], [1, 4, 4, 4]), [2, 2, 4, 4]), {
      padding: [0, 1, 1, 0],
      activation: "relu",
    }),
  dropout: (x, _, seed) => dropout(x, { rate: 0.3, seed }),
  globalAveragePool2d: (x, other) => mul(globalAveragePool2d(x), other),
  globalMaxPool2d: (x, other) => mul(globalMaxPool2d(x), other),
  leakyRelu: (x) => leakyRelu(x, { alpha: 0.2 }),
  matmul: (x, other) =>
    reshape(
      matmul(reshape(x, [8, 16]), reshape(other, [8, 16]), { transposeA: true }),
      // Half of 256 elements.
      [4, 4, 4, 4],
    ),
  maxPool2d: (x) => maxPool2d(x, { windowDimensions: 2, strides: 1, padding: [0, 1, 1, 0] }),
  mul: (x, other) => mul(x, other),
  pad2d: (x) => slice(pad2d(x, { padding: [2, 0, 0, 1], mode: "reflection" }), [0, 1, 1, 0], [2, 4, 4, 4]),
  relu: (x) => relu(x),
  resample2d: (x) => averagePool2d(resample2d(x, { scales: 2, mode: "nearest" }), { windowDimensions: 2 }),
  "resample2d, linear": (x) =>
    slice(resample2d(x, { sizes: [5, 9], mode: "linear", coordinates: "alignCorners" }), [0, 1, 3, 0], [2, 4, 4, 4]),
  reshape: (x) => reshape(reshape(x, [4, 32]), [2, 4, 4, 4]),
  sigmoid: (x) => sigmoid(x),
  softmax: (x) => softmax(x),
  tanh: (x) => tanh(x),
  transpose: (x) => transpose(x, { permutation: [0, 3, 1, 2] }),
};
const SHAPE = [2, 4, 4, 4];

interface Node {
  readonly layer: string;
  readonly from: number;
  readonly other: number;
  readonly seed: number;
}

/** A graph in which each layer takes the output of any earlier one. It branches, joins and shares at random. */
function graphOf(nodes: readonly Node[], made: Tensor[]): Tensor {
  for (const { layer, from, other, seed } of nodes) {
    const at = (i: number) => {
      const tensor = made[i % made.length];
      if (!tensor) throw new Error("no tensor");
      return tensor;
    };
    const y = LAYERS[layer]?.(at(from), at(other), seed);
    if (!y) throw new Error(`no layer ${layer}`);
    made.push(y.size === 128 ? y : reshape(slice(y, [0, 0, 0, 0], [2, 4, 4, 4]), SHAPE));
  }
  const last = made.at(-1);
  if (!last) throw new Error("no layers");
  return last;
}

/**
 * Compares gradients with differences of the value along a random direction, both as dot products. Values are float32, and some layers have
 * corners. The allowed difference is a hundredth of the largest possible gradient.
 */
async function expectSlopes(backend: Backend, nodes: readonly Node[], seed: number): Promise<void> {
  const names = ["x", "w"];
  const values = names.map((_, i) => randomOperand(SHAPE, seed + i).data);
  const directions = names.map((_, i) => randomOperand(SHAPE, seed + 10 + i).data);
  const weights = backend.tensor(randomOperand(SHAPE, seed + 20).data, SHAPE);
  const lossOf = (inputs: readonly Tensor[]) => reduceSum(mul(graphOf(nodes, [...inputs]), weights));
  const H = 2 ** -9;
  const valueAt = async (step: number) => {
    const inputs = values.map((value, i) =>
      backend.tensor(
        Float32Array.from(value, (v, j) => v + step * (directions[i]?.[j] ?? 0)),
        SHAPE,
      ),
    );
    const loss = backend.tidy(() => lossOf(inputs));
    const [result = Number.NaN] = await loss.read();
    for (const tensor of [...inputs, loss]) tensor.dispose();
    return result;
  };
  const slope = ((await valueAt(H)) - (await valueAt(-H))) / (2 * H);
  const parameters = values.map((value) => backend.tensor(value, SHAPE));
  const { value, gradients } = valueAndGradients((inputs) => lossOf(inputs), parameters);
  let along = 0;
  let most = 0;
  for (const [i, gradient] of gradients.entries()) {
    for (const [j, g] of (await gradient.read()).entries()) {
      along += g * (directions[i]?.[j] ?? 0);
      most += (g * (directions[i]?.[j] ?? 0)) ** 2;
    }
    gradient.dispose();
  }
  for (const tensor of [...parameters, value, weights]) tensor.dispose();
  const rounding = (2 ** -21 * 100) / H;
  expect(Math.abs(along - slope), `${along} by the gradients, ${slope} by differences`).toBeLessThanOrEqual(
    0.03 * (Math.sqrt(most) + Math.abs(slope)) + rounding,
  );
}

describeOnEachBackend("valueAndGradients", (backend) => {
  test.each(Object.keys(LAYERS))("differentiates %s", async (layer) => {
    await expectSlopes(backend(), [{ layer, from: 0, other: 1, seed: 3 }], 1);
    await expectSlopes(backend(), [{ layer, from: 0, other: 0, seed: 4 }], 2);
  });

  test("agrees with finite differences on random graphs", async () => {
    const node = fc.record({
      layer: fc.constantFrom(...Object.keys(LAYERS)),
      from: fc.nat(100),
      other: fc.nat(100),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 5 }), fc.nat(1000), (nodes, seed) =>
        expectSlopes(backend(), nodes, seed),
      ),
      { numRuns: sampled(40), seed: 5 },
    );
  });

  test("differentiates losses", async () => {
    const logits = random(backend(), [5, 4], 1);
    const labels = backend().tensor([0, 1, 2, 3, 1]);
    const { gradients } = valueAndGradients(([z = logits]) => softmaxCrossEntropy(z, labels), [logits]);
    const p = await softmax(logits).read();
    const classes = [0, 1, 2, 3, 1];
    const [gradient] = await Promise.all(gradients.map((tensor) => tensor.read()));
    for (const [i, g] of gradient?.entries() ?? []) {
      expect(g).toBeCloseTo(((p[i] ?? 0) - (classes[Math.floor(i / 4)] === i % 4 ? 1 : 0)) / 5, 6);
    }
    const a = backend().tensor([1, 2]);
    const squared = valueAndGradients(() => meanSquaredError(a, backend().tensor([0, 4])), { a });
    expect([...(await squared.gradients.a.read())]).toEqual([1, -2]);
  });

  test("gives the same bits on every run", async () => {
    const nodes = ["conv2d", "batchNormalizationTraining", "conv2d with all options", "mul", "maxPool2d"].map(
      (layer, i) => ({ layer, from: i, other: 1, seed: i }),
    );
    const run = async () => {
      const parameters = [random(backend(), SHAPE, 1), random(backend(), SHAPE, 2)];
      const { value, gradients } = valueAndGradients((inputs) => reduceSum(graphOf(nodes, [...inputs])), parameters);
      const read = await Promise.all([value, ...gradients].map((tensor) => tensor.read()));
      for (const tensor of [...parameters, value, ...gradients]) tensor.dispose();
      return read;
    };
    const first = await run();
    for (let i = 0; i < 3; i++) expect(await run()).toEqual(first);
  });

  test("keeps tensors that are disposed of inside until the gradients are computed", async () => {
    // A backend of its own: garbage of other tests may be collected at any moment.
    const own = await createBackend({ kind: backend().kind });
    const x = random(own, SHAPE, 1);
    const result = valueAndGradients(
      ({ x }) => {
        const hidden = relu(x);
        const squared = mul(hidden, hidden);
        hidden.dispose();
        const loss = reduceSum(squared);
        squared.dispose();
        return [loss, { kept: reshape(loss, [1]) }];
      },
      { x },
    );
    const values = await x.read();
    expect([...(await result.gradients.x.read())]).toEqual([...values].map((v) => Math.fround(2 * Math.max(v, 0))));
    for (const tensor of [x, result.value[0], result.value[1].kept, result.gradients.x]) tensor.dispose();
    await own.settled();
    expect(own.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    own.destroy();
  });

  test("gives zeros for an unused parameter and the same gradient for handles of the same memory", async () => {
    const x = backend().tensor([1, 2]);
    const reshaped = reshape(x, [2, 1]);
    const unused = backend().tensor([[3]]);
    const { gradients } = valueAndGradients(() => reduceSum(mul(x, x)), { x, reshaped, unused });
    expect([...(await gradients.x.read())]).toEqual([2, 4]);
    expect(gradients.reshaped.shape).toEqual([2, 1]);
    expect([...(await gradients.reshaped.read())]).toEqual([2, 4]);
    expect([...(await gradients.unused.read())]).toEqual([0]);
  });

  test("nests, and the outer gradient passes through the inner value", async () => {
    const x = backend().tensor([3]);
    const outer = valueAndGradients(() => {
      const inner = valueAndGradients(() => reduceSum(mul(x, x)), [x]);
      return mul(inner.value, x);
    }, [x]);
    // d(x³)/dx
    expect([...((await outer.gradients[0]?.read()) ?? [])]).toEqual([27]);
  });

  test.each([
    ["pool", () => (y: Tensor) => maxPool2d(y, { windowDimensions: 2 })],
    [
      "convolution",
      () => {
        const w = random(backend(), [3, 2, 4, 5], 3);
        return (y: Tensor) => conv2d(y, w, { padding: 1, strides: 2 });
      },
    ],
  ])("applies the ReLU's gradient in the %s after it if nothing else uses the ReLU", async (_, operator) => {
    const x = random(backend(), SHAPE, 1);
    const w = random(backend(), [3, 3, 4, 4], 2);
    const hidden = () => conv2d(x, w, { padding: 1, activation: "relu" });
    const after = operator();
    const one = backend().full([1], 1);
    const values: Readonly<Record<string, () => Tensor>> = {
      "at once": () => reduceSum(after(hidden())),
      "relu at once": () => reduceSum(after(relu(conv2d(x, w, { padding: 1 })))),
      // The product stands between the two, and the ReLU needs a pass of its own.
      "in two passes": () => reduceSum(after(mul(hidden(), one))),
      "with another that follows": () => {
        const y = hidden();
        return add(reduceSum(after(y)), reduceSum(mul(y, one)));
      },
      "both apart": () => {
        const y = hidden();
        return add(reduceSum(after(mul(y, one))), reduceSum(mul(y, one)));
      },
    };
    const gradientOf = async (name: string) => {
      const value = values[name] ?? hidden;
      const [dw] = valueAndGradients(() => value(), [w]).gradients;
      const { operators } = backend().explain(() => valueAndGradients(() => value(), [w]));
      return { dw: await dw?.read(), passes: operators.filter(({ operator }) => operator === "reluBackward").length };
    };
    const apart = await gradientOf("in two passes");
    expect(apart.passes).toBe(1);
    expect(await gradientOf("at once")).toEqual({ ...apart, passes: 0 });
    expect(await gradientOf("relu at once")).toEqual({ ...apart, passes: 0 });
    // The other gradient still has to pass through the ReLU.
    expect(await gradientOf("with another that follows")).toEqual(await gradientOf("both apart"));
    expect(await gradientOf("with another that follows")).toMatchObject({ passes: 1 });
    // A parameter can be the output of an earlier ReLU. Its gradient does not pass through that ReLU.
    const given = relu(backend().zeros([1, 2, 2, 4]));
    const [gradient] = valueAndGradients(() => reduceSum(after(given)), [given]).gradients;
    expect((await gradient?.read())?.some((value) => value !== 0)).toBe(true);
  });

  test("refuses an operator without a gradient, a value that is not a scalar, and missing parameters", () => {
    const x = random(backend(), SHAPE, 1);
    const w = random(backend(), [3, 3, 4, 4], 2);
    const through = () => reduceSum(conv2dBackwardInput(x, w, SHAPE, { padding: 1 }));
    expect(() => valueAndGradients(through, [x])).toThrow("conv2dBackwardInput: has no gradient");
    expect(() => valueAndGradients(() => relu(x), [x])).toThrow(ShapeError);
    expect(() => valueAndGradients(() => reduceSum(w), [x])).toThrow("depends on none of the parameters");
    expect(() => valueAndGradients(() => reduceSum(x), [])).toThrow(OptionError);
    // @ts-expect-error: a number
    expect(() => valueAndGradients(() => 1, [x])).toThrow(OptionError);
    const statistics = () => reduceSum(batchNormalizationTraining(x).mean);
    expect(() => valueAndGradients(statistics, [x])).toThrow("have no gradient");
    x.dispose();
    w.dispose();
  });

  test("refuses a recorded step that depends on the parameters", async () => {
    const x = backend().tensor([3]);
    const v = backend().variable([2]);
    const ofInput = backend().record(({ x }) => ({ y: mul(x, x) }), { x });
    const ofVariable = backend().record(() => ({ y: mul(v.value, v.value) }), {});
    const ofCaptured = backend().record(() => ({ y: mul(x, x) }), {});
    const refused = "run: has no gradient";
    const gradientOf = (work: () => Tensor, parameter: Tensor) =>
      valueAndGradients(() => reduceSum(work()), [parameter]);
    const value = v.value;
    expect(() => gradientOf(() => ofInput.run({ x }).y, x)).toThrow(refused);
    expect(() => gradientOf(() => ofInput.run({ x: mul(x, x) }).y, x)).toThrow(refused);
    expect(() => gradientOf(() => ofCaptured.run({}).y, x)).toThrow(refused);
    expect(() => gradientOf(() => ofVariable.run({}).y, value)).toThrow(refused);
    // If the step depends on other values only, its output is a constant.
    const [dx] = gradientOf(() => mul(x, ofVariable.run({}).y), x).gradients;
    expect([...((await dx?.read()) ?? [])]).toEqual([4]);
    const [dv] = gradientOf(() => mul(value, ofInput.run({ x: [5] }).y), value).gradients;
    expect([...((await dv?.read()) ?? [])]).toEqual([25]);
    for (const each of [ofInput, ofVariable, ofCaptured, v, x]) each.dispose();
  });

  test("gives the same bits recorded and called", async () => {
    const nodes = ["conv2d", "batchNormalizationTraining", "dropout", "conv2d with all options", "concat"].map(
      (layer, i) => ({ layer, from: i, other: 1, seed: i }),
    );
    const gradientsOf = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => {
      const { value, gradients } = valueAndGradients(([a = x, b = w]) => reduceSum(graphOf(nodes, [a, b])), [x, w]);
      const [dx = x, dw = w] = gradients;
      return { value, dx, dw };
    };
    const inputs = { x: random(backend(), SHAPE, 1), w: random(backend(), SHAPE, 2) };
    const called = backend().tidy(() => gradientsOf(inputs));
    const step = backend().record(gradientsOf, inputs);
    for (let i = 0; i < 2; i++) {
      const replayed = step.run(inputs);
      for (const name of ["value", "dx", "dw"] as const) {
        expect(await replayed[name].read()).toEqual(await called[name].read());
      }
    }
    step.dispose();
  });
});
