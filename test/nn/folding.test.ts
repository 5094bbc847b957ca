import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend, mul, reduceSum, type Tensor, valueAndGradients } from "webgpu-cnn";
import {
  Activation,
  Add,
  BatchNormalization,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  type GraphTensor,
  input,
  type Layer,
  Model,
  Residual,
  SeparableConv2D,
  Sequential,
} from "webgpu-cnn/nn";
import { describeOnEachBackend, evaluate } from "../support/backends.js";
import { requestDevice } from "../support/device.js";
import { randomValues } from "../support/random.js";
import { sampled } from "../support/sampling.js";

type AnyModel = Model<GraphTensor | readonly GraphTensor[]>;

let reference: Backend;
beforeAll(async () => {
  reference = await createBackend({ kind: "cpu" });
});
afterAll(() => reference.destroy());

/** Gives all weights random values, or the same values with the signs that make every term positive. */
function writeWeights(model: AnyModel, seed: number, positive = false): void {
  let number = seed;
  for (const [name, variable] of model.weights) {
    const values = randomValues(variable.size, number++);
    const sign = (value: number) => {
      if (name.endsWith("movingVariance")) return 0.05 + Math.abs(value);
      if (!positive) return value;
      return name.endsWith("movingMean") ? -Math.abs(value) : Math.abs(value);
    };
    variable.write(values.map(sign));
  }
}

/** How many operators in a prediction normalize batches, once the weights are folded. */
function normalizations(model: AnyModel, x: Tensor): number {
  const { backend } = x;
  backend.tidy(() => void model.predict(x));
  const { operators } = backend.explain(() => model.predict(x));
  return operators.filter(({ operator }) => operator === "batchNormalization").length;
}

/** The outputs of a prediction, and of the same layers one by one. */
async function bothWays(model: Model | Sequential, x: Tensor) {
  const [folded, apart] = x.backend.tidy(() => [model.predict(x), model.call(x)] as const);
  const values = [await folded.read(), await apart.read()] as const;
  folded.dispose();
  apart.dispose();
  return values;
}

const LAYERS = ["conv", "depthwise", "separable", "transposed", "dense"] as const;

const cases = fc.record({
  kind: fc.constantFrom(...LAYERS),
  kernelSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  padding: fc.constantFrom("same" as const, "valid" as const),
  channels: fc.constantFrom(2, 4, 6),
  filters: fc.constantFrom(2, 4, 10),
  groups: fc.constantFrom(1, 2),
  images: fc.integer({ min: 1, max: 3 }),
  useBias: fc.boolean(),
  normalization: fc.record({
    scale: fc.boolean(),
    center: fc.boolean(),
    epsilon: fc.constantFrom(1e-5, 1e-3, 0.5),
  }),
  seed: fc.nat(1e6),
});
type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

function layerOf({ kind, kernelSize, strides, padding, filters, groups, useBias }: Case): Layer {
  const window = { kernelSize, strides, padding, useBias };
  if (kind === "conv") return new Conv2D({ ...window, filters, groups });
  if (kind === "depthwise") return new DepthwiseConv2D({ ...window, depthMultiplier: groups });
  if (kind === "separable") return new SeparableConv2D({ ...window, filters, depthMultiplier: groups });
  if (kind === "transposed") return new Conv2DTranspose({ ...window, filters });
  return new Dense({ units: filters, useBias });
}

const NOT_TRAINING = { training: false, frozen: false, folding: true, seed: 0 };

/** No sum has more terms than this: 3 × 3 × 6 products twice, the bias, and the normalization. */
const MOST_TERMS = 2 * 54 + 6;

describeOnEachBackend("Batch normalization in a prediction", (backend) => {
  const chain = (...layers: readonly Layer[]) =>
    new Sequential([...layers]).build(backend(), { inputShape: [6, 5, 3] });
  const image = (seed: number, images = 2) => backend().tensor(randomValues(images * 90, seed), [images, 6, 5, 3]);

  test("is folded into the layer before it, and rounding is all that differs", async () => {
    const check = async (given: Case) => {
      const shape = [given.images, 5, 6, given.channels] as const;
      const data = randomValues(given.images * 30 * given.channels, given.seed);
      const [model, positive] = [backend(), reference].map((on) =>
        new Sequential([layerOf(given), new BatchNormalization(given.normalization)]).build(on, {
          inputShape: shape.slice(1),
        }),
      );
      if (!model || !positive) throw new Error("two models");
      writeWeights(model, given.seed);
      writeWeights(positive, given.seed, true);
      const x = backend().tensor(data, shape);
      const [folded, apart] = await bothWays(model, x);
      const absolute = reference.tensor(data.map(Math.abs), shape);
      const [, magnitude] = await bothWays(positive, absolute);
      absolute.dispose();
      const bound = 2 * 6 * MOST_TERMS * 2 ** -24;
      for (const [i, value] of folded.entries()) {
        const allowed = bound * (magnitude[i] ?? 0) + 1e-30;
        expect(Math.abs(value - (apart[i] ?? 0)), `value ${i}: ${value}, ${apart[i]}`).toBeLessThanOrEqual(allowed);
      }
      expect(normalizations(model, x)).toBe(0);
      model.dispose();
      positive.dispose();
      x.dispose();
    };
    await fc.assert(fc.asyncProperty(cases, check), { numRuns: sampled(12) });
  });

  test("follows every change of a weight", async () => {
    const model = chain(new Conv2D({ filters: 4, kernelSize: 3 }), new BatchNormalization(), new Dense({ units: 2 }));
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    writeWeights(model, 1);
    const x = image(2);
    const [saved, checkpoint] = [await model.save(), await model.checkpoint()];
    const examples = { images: randomValues(360, 3), shape: [4, 6, 5, 3], labels: randomValues(4 * 12 * 2, 4) };
    const weightNames = [...model.weights.keys()];
    const actions: Record<string, (seed: number) => unknown> = {
      assign: (seed) => {
        const variable = model.weights.get(weightNames[seed % weightNames.length] ?? "");
        backend().tidy(() => variable?.assign(mul(variable.value, backend().full([], 1.5))));
      },
      write: (seed) => writeWeights(model, seed),
      fit: () => model.fit(examples, { batchSize: 4 }),
      evaluate: () => model.evaluate(examples),
      loadWeights: () => model.loadWeights(saved),
      restore: () => model.restore(checkpoint),
    };
    const step = fc.tuple(fc.constantFrom(...Object.keys(actions)), fc.nat(100));
    const check = async (steps: readonly (readonly [string, number])[]) => {
      for (const [name, seed] of steps) {
        await actions[name]?.(seed);
        const [folded, apart] = await bothWays(model, x);
        const largest = Math.max(...apart.map(Math.abs), 1e-3);
        for (const [i, value] of folded.entries()) {
          expect(Math.abs(value - (apart[i] ?? 0)) / largest, `after ${name}`).toBeLessThan(1e-4);
        }
        writeWeights(model, seed + 500);
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), check), { numRuns: sampled(4) });
    model.dispose();
    x.dispose();
  });

  test("is folded if it is the only use of a linear output, and else computed apart", () => {
    class Own extends Conv2D {
      override call(x: Tensor): Tensor {
        return mul(super.call(x), x.backend.full([], 2));
      }
    }
    class OwnNormalization extends BatchNormalization {
      override call(x: Tensor): Tensor {
        return mul(x, x.backend.full([], 2));
      }
    }
    class Named extends Conv2D {}
    const conv = (activation?: "relu") => new Conv2D({ filters: 3, kernelSize: 1, activation });
    const shared = new BatchNormalization();
    const sharedConv = conv();
    const nets: readonly (readonly [string, number, (x: GraphTensor) => GraphTensor | readonly GraphTensor[]])[] = [
      ["plain", 0, (x) => new BatchNormalization().apply(conv().apply(x))],
      ["extended without a call of its own", 0, (x) => shared.apply(new Named({ filters: 3, kernelSize: 1 }).apply(x))],
      ["shared normalization", 0, (x) => shared.apply(conv().apply(shared.apply(conv().apply(x))))],
      [
        "shared convolution",
        0,
        (x) =>
          new Add().apply([shared.apply(sharedConv.apply(x)), new BatchNormalization().apply(sharedConv.apply(x))]),
      ],
      [
        "inside a residual layer",
        0,
        (x) => new Residual({ layers: [conv(), new BatchNormalization()], activation: "relu" }).apply(x),
      ],
      ["inside a model", 0, (x) => new Sequential([conv(), new BatchNormalization()]).apply(x)],
      ["twice in a row", 1, (x) => new BatchNormalization().apply(new BatchNormalization().apply(conv().apply(x)))],
      ["alone", 1, (x) => new BatchNormalization().apply(x)],
      ["after its own activation", 1, (x) => new BatchNormalization().apply(conv("relu").apply(x))],
      ["after an activation", 1, (x) => new BatchNormalization().apply(new Activation("relu").apply(conv().apply(x)))],
      [
        "after a call of its own",
        1,
        (x) => new BatchNormalization().apply(new Own({ filters: 3, kernelSize: 1 }).apply(x)),
      ],
      ["with a call of its own", 0, (x) => new OwnNormalization().apply(conv().apply(x))],
      [
        "beside another reader",
        1,
        (x) => {
          const y = conv().apply(x);
          return new Add().apply([y, new BatchNormalization().apply(y)]);
        },
      ],
      [
        "beside an output",
        1,
        (x) => {
          const y = conv().apply(x);
          return [y, new BatchNormalization().apply(y)];
        },
      ],
    ];
    const x = image(3);
    for (const [name, expected, connect] of nets) {
      const entrance = input([6, 5, 3]);
      const model = new Model({ inputs: entrance, outputs: connect(entrance) }).build(backend());
      expect(normalizations(model, x), name).toBe(expected);
      model.dispose();
    }
    x.dispose();
  });

  test("is computed apart where gradients pass, and anew in each run of a recorded step", async () => {
    const model = chain(new Conv2D({ filters: 4, kernelSize: 3 }), new BatchNormalization());
    writeWeights(model, 7);
    const x = image(8);
    backend().tidy(() => void model.predict(x));
    const parameters = Object.fromEntries([...model.trainableWeights].map(([name, { value }]) => [name, value]));
    const gradientsOf = (y: () => Tensor) =>
      valueAndGradients(() => {
        const output = y();
        return reduceSum(mul(output, output));
      }, parameters).gradients;
    const [predicted, called] = [gradientsOf(() => model.predict(x)), gradientsOf(() => model.call(x))];
    for (const [name, gradient] of Object.entries(predicted)) {
      expect(await gradient.read(), name).toEqual(await called[name]?.read());
    }
    const step = backend().record(({ x }) => ({ y: model.predict(x) }), { x });
    for (const seed of [20, 40]) {
      writeWeights(model, seed);
      const { y } = step.run({ x });
      const [, apart] = await bothWays(model, x);
      const values = await y.read();
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(apart[i] ?? 0, 3);
    }
    step.dispose();
    for (const tensor of [x, ...[parameters, predicted, called].flatMap((named) => Object.values(named))])
      tensor.dispose();
    model.dispose();
  });

  test("leaves no memory behind, also after a change and an error", () => {
    const before = backend().memory();
    const model = chain(new Conv2D({ filters: 4, kernelSize: 3 }), new BatchNormalization());
    const [x, wrong] = [image(5), backend().zeros([2, 6, 5, 2])];
    const { tensors } = backend().memory();
    for (let i = 0; i < 3; i++) {
      backend().tidy(() => void model.predict(x));
      expect(backend().memory().tensors).toBe(tensors);
      expect(() => model.callAll([wrong], { ...NOT_TRAINING, step: x, replica: x })).toThrow();
      expect(backend().memory().tensors).toBe(tensors);
      writeWeights(model, i);
    }
    x.dispose();
    wrong.dispose();
    model.dispose();
    expect(backend().memory().tensors).toBe(before.tensors);
    expect(backend().memory().liveBytes).toBe(before.liveBytes);
  });
});

test("A prediction sees what the caller writes to the buffer of a weight, on webgpu", async () => {
  const device = await requestDevice();
  const backend = await createBackend({ device });
  const layers = [new Conv2D({ filters: 1, kernelSize: 1 }), new BatchNormalization({ epsilon: 0 })];
  const model = new Sequential(layers).build(backend, { inputShape: [1, 1, 1] });
  const x = backend.tensor([1], [1, 1, 1, 1]);
  backend.tidy(() => void model.predict(x));
  const kernel = model.weights.get("conv2d.kernel")?.value;
  for (const value of [3, 5]) {
    if (kernel) device.queue.writeBuffer(kernel.gpuBuffer, 0, Float32Array.of(value));
    expect(await evaluate(backend, () => model.predict(x))).toEqual(Float32Array.of(value));
  }
  x.dispose();
  model.dispose();
  backend.destroy();
  device.destroy();
});
