import { expect, test } from "vitest";
import {
  add,
  binaryCrossEntropy,
  mul,
  OptionError,
  reduceMean,
  ShapeError,
  softmaxCrossEntropy,
  type Tensor,
  type Variable,
  valueAndGradients,
} from "webgpu-cnn";
import {
  Adam,
  AdamW,
  BatchNormalization,
  type BuildScope,
  Dense,
  Dropout,
  Flatten,
  Layer,
  type Model,
  Residual,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { RandomNumbers } from "../../src/core/random.js";
import { describeOnSampledBackends } from "../support/backends.js";
import { bars, weightsOf } from "./support/bars.js";

const valuesOf = (weights: ReadonlyMap<string, Variable>) =>
  Object.fromEntries([...weights].map(([name, { value }]) => [name, value]));
const asMap = (gradients: Readonly<Record<string, Tensor>>) => new Map(Object.entries(gradients));

describeOnSampledBackends("loops of one's own", 1, (backend) => {
  const classifier = (seed = 1) =>
    new Sequential([new Flatten(), new Dense({ units: 2 })]).build(backend(), { inputShape: [8, 8, 1], seed });

  test("a GAN trains two models with an optimizer each: samples move to the data", async () => {
    const generator = new Sequential([new Dense({ units: 8, activation: "tanh" }), new Dense({ units: 1 })]);
    const critic = new Sequential([new Dense({ units: 16, activation: "leakyRelu" }), new Dense({ units: 1 })]);
    generator.build(backend(), { inputShape: [2], seed: 1 });
    critic.build(backend(), { inputShape: [1], seed: 2 });
    const optimizers = [
      new Adam({ learningRate: 0.01, beta1: 0.5 }),
      new Adam({ learningRate: 0.02, beta1: 0.5 }),
    ] as const;
    optimizers[0].build(backend(), generator.weights);
    optimizers[1].build(backend(), critic.weights);
    const label = (value: number) => backend().full([32, 1], value);
    const step = backend().record(
      ({ noise, real }: { readonly noise: Tensor; readonly real: Tensor }) => {
        const fake = generator.call(noise);
        const critique = valueAndGradients(
          () => add(binaryCrossEntropy(critic.call(real), label(1)), binaryCrossEntropy(critic.call(fake), label(0))),
          valuesOf(critic.weights),
        );
        const forgery = valueAndGradients(
          () => binaryCrossEntropy(critic.call(generator.call(noise)), label(1)),
          valuesOf(generator.weights),
        );
        optimizers[1].apply(asMap(critique.gradients));
        optimizers[0].apply(asMap(forgery.gradients));
        return { critique: critique.value, forgery: forgery.value };
      },
      { noise: backend().zeros([32, 2]), real: backend().zeros([32, 1]) },
    );
    const random = new RandomNumbers(3);
    const normal = (size: number, mean: number) =>
      Float32Array.from({ length: size }, () => mean + 0.5 * random.normal());
    for (let i = 0; i < 250; i++) step.run({ noise: normal(64, 0), real: normal(32, 3) });
    const { data } = await generator.predictAll({ images: normal(400, 0), shape: [200, 2] });
    const mean = data.reduce((sum, value) => sum + value, 0) / 200;
    expect(mean).toBeGreaterThan(1.5);
    expect(mean).toBeLessThan(4.5);
    step.dispose();
    for (const each of [generator, critic, ...optimizers]) each.dispose();
  });

  test("accumulated gradients of two half batches are those of the whole batch", async () => {
    const { images, labels } = bars(16, 1);
    const train = (model: Model, parts: number) => {
      const optimizer = new SGD({ learningRate: 0.5, momentum: 0.9 });
      optimizer.build(backend(), model.weights);
      const size = 16 / parts;
      for (let stepNumber = 0; stepNumber < 3; stepNumber++) {
        backend().tidy(() => {
          let sums: Readonly<Record<string, Tensor>> | undefined;
          for (let part = 0; part < parts; part++) {
            const x = backend().tensor(images.slice(part * size * 64, (part + 1) * size * 64), [size, 8, 8, 1]);
            const y = backend().tensor(labels.slice(part * size, (part + 1) * size));
            const { gradients } = valueAndGradients(
              () => mul(softmaxCrossEntropy(model.call(x), y), backend().full([], 1 / parts)),
              valuesOf(model.weights),
            );
            const before = sums;
            sums = before
              ? Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, add(before[name] ?? g, g)]))
              : gradients;
          }
          optimizer.apply(asMap(sums ?? {}));
        });
      }
      optimizer.dispose();
    };
    const [whole, halves] = [classifier(), classifier()];
    train(whole, 1);
    train(halves, 2);
    const [a, b] = [await weightsOf(whole), await weightsOf(halves)];
    for (const [name, values] of Object.entries(a)) {
      expect(b[name]).toEqual(values.map((value) => expect.closeTo(value, 5)));
    }
    for (const model of [whole, halves]) model.dispose();
  });

  test("an exponential moving average of the weights, evaluated with another model", async () => {
    const [model, average] = [classifier(), classifier()];
    model.compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: "softmaxCrossEntropy" });
    average.compile({ loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const expected = (await weightsOf(average))["dense.kernel"]?.slice() ?? [];
    const follow = () =>
      backend().tidy(() => {
        for (const [name, slow] of average.weights) {
          const fast = model.weights.get(name);
          if (fast)
            slow.assign(add(mul(slow.value, backend().full([], 0.75)), mul(fast.value, backend().full([], 0.25))));
        }
      });
    for await (const _ of model.fit(bars(48, 1), { batchSize: 16 })) {
      follow();
      const now = (await weightsOf(model))["dense.kernel"] ?? [];
      for (const [i, value] of now.entries()) expected[i] = 0.75 * (expected[i] ?? 0) + 0.25 * value;
    }
    expect((await weightsOf(average))["dense.kernel"]).toEqual(expected.map((value) => expect.closeTo(value, 5)));
    expect((await average.evaluate(bars(20, 2))).metrics["accuracy"]).toBeGreaterThan(0.3);
    for (const each of [model, average]) each.dispose();
  });

  test("an optimizer of all weights leaves frozen layers and moving statistics alone", async () => {
    const layers = [new Dense({ units: 3 }), new BatchNormalization(), new Dense({ units: 2 })] as const;
    const model = new Sequential(layers).build(backend(), { inputShape: [4], seed: 1 });
    for (const name of ["movingMean", "movingVariance"])
      model.weights.get(`batch_normalization.${name}`)?.write([2, 3, 4]);
    layers[0].trainable = false;
    const optimizer = new AdamW({ learningRate: 0.1, weightDecay: 0.5 });
    optimizer.build(backend(), model.weights);
    expect([...optimizer.state.keys()].filter((name) => name.startsWith("adamw.m."))).toEqual(
      [...model.trainableWeights.keys()].map((name) => `adamw.m.${name}`),
    );
    const before = await weightsOf(model);
    const step = (weights: ReadonlyMap<string, Variable>) => {
      backend().tidy(() => {
        const x = backend().tensor([1, 2, 3, 4], [1, 4]);
        const loss = () => reduceMean(model.call(x));
        optimizer.apply(asMap(valueAndGradients(loss, valuesOf(weights)).gradients));
      });
    };
    step(model.weights);
    step(model.trainableWeights);
    const after = await weightsOf(model);
    const changed = Object.keys(after).filter((name) => after[name]?.join() !== before[name]?.join());
    expect(changed).toEqual([...model.trainableWeights.keys()]);
    expect(() => optimizer.apply(new Map())).toThrow("apply: the gradient of batch_normalization.gamma is missing");
    for (const each of [optimizer, model]) each.dispose();
  });

  test("a noise shape drops what shares an entry of it together", async () => {
    const ones = backend().full([8, 2, 2, 2], 1);
    const step = backend().full([], 1);
    // The bits of the index that do not matter.
    for (const [noiseShape, bits] of [
      [[null, 1, 1, 1], 0b111],
      [[null, 1, 1, null], 0b110],
      [[1, 2, null, 1], 0b111001],
    ] as const) {
      const model = new Sequential([new Dropout({ rate: 0.5, noiseShape })]).build(backend(), {
        inputShape: [2, 2, 2],
      });
      const y = model.call(ones, { training: true, step });
      const values = await y.read();
      expect(new Set(values)).toEqual(new Set([0, 2]));
      expect(values).toEqual(values.map((_, i) => values[i & ~bits] ?? Number.NaN));
      y.dispose();
      model.dispose();
    }
    expect(() => new Dropout({ rate: 0.5, noiseShape: [] })).toThrow(OptionError);
    expect(() => new Dropout({ rate: 0.5, noiseShape: [0] })).toThrow("noiseShape");
    const wrong = new Sequential([new Dropout({ rate: 0.5, noiseShape: [null, 2] })]);
    expect(() => wrong.build(backend(), { inputShape: [3] })).toThrow(ShapeError);
    for (const tensor of [ones, step]) tensor.dispose();
  });

  test("training with dropout needs a step, because each step has another mask", async () => {
    class Noise extends Layer {
      override build(scope: BuildScope): void {
        scope.seed();
      }
      override call(x: Tensor): Tensor {
        return x;
      }
    }
    const x = backend().full([1, 64], 1);
    const dropping = [new Dropout({ rate: 0.5 }), new Noise(), new Residual({ layers: [new Dropout({ rate: 0.5 })] })];
    for (const layer of dropping) {
      const model = new Sequential([new Sequential([layer])]).build(backend(), { inputShape: [64] });
      expect(() => model.call(x, { training: true })).toThrow(
        "call: context.step is required for training with dropout",
      );
      backend().tidy(() => {
        for (const context of [{}, { training: false }, { training: true, step: backend().full([], 3) }]) {
          model.call(x, context);
        }
      });
      model.dispose();
    }
    const plain = new Sequential([new Dense({ units: 1 })]).build(backend(), { inputShape: [64] });
    backend().tidy(() => {
      expect(plain.call(x, { training: true }).shape).toEqual([1, 1]);
    });
    for (const each of [plain, x]) each.dispose();
  });
});
