import { describe, expect, test } from "vitest";
import { type Backend, DisposedError, OptionError, ShapeError } from "webgpu-cnn";
import {
  Adagrad,
  Adam,
  AdamW,
  BatchNormalization,
  cosineDecay,
  Dense,
  Dropout,
  Flatten,
  type Optimizer,
  RMSprop,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { batchOf, type ExampleBatch } from "../../src/nn/data/dataset.js";
import { type DistributedTraining, trainingOf } from "../../src/nn/training/distributedTraining.js";
import { describeOnSampledBackends } from "../support/backends.js";
import { sampledCases } from "../support/sampling.js";
import { bars, smallModel, weightsOf } from "./support/bars.js";

const DATA = bars(24, 3);

/** The layers that depend on an example alone. The mean over slices is the mean over the batch then. */
function plainModel(backend: Backend, optimizer: Optimizer) {
  const layers = [new Flatten(), new Dense({ units: 5, activation: "tanh" }), new Dense({ units: 2 })];
  const model = new Sequential(layers).build(backend, { inputShape: [8, 8, 1], seed: 4 });
  return model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}

const of = (model: Sequential) => trainingOf(model, "trainDistributed");
const rows = (training: DistributedTraining, first: number, end: number): ExampleBatch =>
  batchOf(
    training.examples(DATA, "trainDistributed"),
    Uint32Array.from({ length: end - first }, (_, i) => first + i),
  );

const OPTIMIZERS: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => new SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01, clipNorm: 0.5 }),
  adam: () => new Adam({ learningRate: cosineDecay(0.05, 3), clipNorm: 1 }),
  adamw: () => new AdamW({ learningRate: 0.01 }),
  rmsprop: () => new RMSprop({ learningRate: 0.01, momentum: 0.5, centered: true }),
  adagrad: () => new Adagrad({ learningRate: 0.1 }),
};
const NAMES = sampledCases(Object.keys(OPTIMIZERS));

describeOnSampledBackends("a training in parts", 1, (backend) => {
  test.each(NAMES)("the mean of slices' gradients gives the step of the whole batch, with %s", async (name) => {
    const make = existing(OPTIMIZERS[name]);
    const [whole, parts] = [plainModel(backend(), make()), plainModel(backend(), make())];
    await whole.fit(DATA, { epochs: 3, batchSize: 24, shuffle: false });
    const training = of(parts);
    training.begin();
    const progress = training.goOn();
    for (let step = 0; step < 3; step++) {
      const sums = new Map(training.trained.map(({ name: weight }) => [weight, new Float32Array()]));
      for (const [first, end] of [
        [0, 5],
        [5, 12],
        [12, 24],
      ] as const) {
        const { gradients, judgement, examples } = await training.gradients(rows(training, first, end), {
          ...{ step, replica: 0 },
        });
        expect(examples).toBe(end - first);
        expect(judgement.loss).toBeGreaterThan(0);
        for (const [weight, gradient] of gradients) {
          const sum = sums.get(weight);
          const share = gradient.map((value, i) => (sum?.[i] ?? 0) + (value * (end - first)) / 24);
          sums.set(weight, share);
        }
      }
      expect(training.learningRate(step)).toBe(name === "adam" ? cosineDecay(0.05, 3)(step) : training.learningRate(0));
      training.applyGradients(sums);
      expect(parts.stepsDone).toBe(step + 1);
    }
    progress.epochs += 3;
    training.end();
    const [expected, got] = [await weightsOf(whole), await weightsOf(parts)];
    for (const [weight, numbers] of Object.entries(expected)) {
      for (const [i, number] of numbers.entries()) expect(got[weight]?.[i]).toBeCloseTo(number, 4);
    }
    // The state of the optimizer goes on too.
    await whole.fit(DATA, { batchSize: 24, shuffle: false });
    await parts.fit(DATA, { batchSize: 24, shuffle: false });
    expect(parts.epochsDone).toBe(4);
    const after = await weightsOf(parts);
    for (const [weight, numbers] of Object.entries(await weightsOf(whole))) {
      for (const [i, number] of numbers.entries()) expect(after[weight]?.[i]).toBeCloseTo(number, 4);
    }
    for (const model of [whole, parts]) model.dispose();
  });

  test("one slice of the whole batch gives the step of fit bit for bit, with dropout and batch normalization", async () => {
    const [whole, parts] = [smallModel(backend()), smallModel(backend())];
    await whole.fit(DATA, { epochs: 2, batchSize: 24, shuffle: false });
    const training = of(parts);
    training.begin();
    for (let step = 0; step < 2; step++) {
      const { gradients } = await training.gradients(rows(training, 0, 24), { step, replica: 0 });
      training.applyGradients(gradients);
    }
    training.end();
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
    for (const model of [whole, parts]) model.dispose();
  });

  test("gradients change the statistics alone", async () => {
    const model = smallModel(backend());
    const training = of(model);
    training.begin();
    expect(training.statistics.map(({ name }) => name)).toEqual([
      "batch_normalization.movingMean",
      "batch_normalization.movingVariance",
    ]);
    expect(training.trained).toEqual([...model.trainableWeights].map(([name, { shape }]) => ({ name, shape })));
    const before = await weightsOf(model);
    const { gradients, judgement } = await training.gradients(rows(training, 0, 8), { step: 3, replica: 0 });
    expect([...gradients.keys()]).toEqual(training.trained.map(({ name }) => name));
    expect(judgement.metrics["accuracy"]).toBeGreaterThanOrEqual(0);
    const after = await weightsOf(model);
    for (const { name } of training.trained) expect(after[name]).toEqual(before[name]);
    for (const { name } of training.statistics) expect(after[name]).not.toEqual(before[name]);
    expect(model.stepsDone).toBe(0);
    training.end();
    model.dispose();
  });

  test("the statistics of layers that are frozen stay, and count for none", async () => {
    const norm = new BatchNormalization({ momentum: 0.5 });
    const inner = new Sequential([new BatchNormalization({ momentum: 0.5 })], { name: "inner" });
    const model = new Sequential([new Flatten(), norm, inner, new Dense({ units: 2 })]);
    model.build(backend(), { inputShape: [8, 8, 1], seed: 1 });
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    const training = of(model);
    expect(training.statistics).toHaveLength(4);
    for (const frozen of [norm, inner]) {
      frozen.trainable = false;
      training.begin();
      const names = training.statistics.map(({ name }) => name);
      expect(names).toHaveLength(2);
      const before = await weightsOf(model);
      await training.gradients(rows(training, 0, 8), { step: 0, replica: 0 });
      const after = await weightsOf(model);
      const changed = Object.keys(before).filter((name) => before[name]?.join() !== after[name]?.join());
      expect(changed).toEqual(names);
      training.end();
      frozen.trainable = true;
    }
    model.dispose();
  });

  test("replicas and steps have dropout masks of their own, which nothing else decides", async () => {
    const model = new Sequential([new Flatten(), new Dropout({ rate: 0.5 }), new Dense({ units: 2 })]);
    model.build(backend(), { inputShape: [8, 8, 1], seed: 1 });
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    const training = of(model);
    training.begin();
    const at = async (step: number, replica: number) => {
      const { gradients } = await training.gradients(rows(training, 0, 8), { step, replica });
      return existing(gradients.get("dense.kernel")).join();
    };
    const places = [
      [0, 0],
      [0, 1],
      [0, 2047],
      [1, 0],
      [1, 1],
    ] as const;
    const results = [];
    for (const [step, replica] of places) results.push(await at(step, replica));
    expect(new Set(results).size).toBe(places.length);
    for (const [i, [step, replica]] of places.entries()) expect(await at(step, replica)).toBe(results[i]);
    training.end();
    model.dispose();
  });

  test.each(NAMES)("local steps are those of a fit of a fresh model, bit for bit, with %s", async (name) => {
    const compile = (model: Sequential) =>
      model.compile({ optimizer: existing(OPTIMIZERS[name])(), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const [whole, local] = [compile(smallModel(backend())), compile(smallModel(backend()))];
    const first = await whole.save();
    const start = (await whole.checkpoint()).tensors;
    const history = await whole.fit(DATA, { batchSize: 8, shuffle: false });
    const training = of(local);
    training.begin();
    const rates = [0, 1, 2].map((step) => training.learningRate(step));
    const batches = () => [0, 8, 16].map((at) => rows(training, at, at + 8));
    // The second round begins from a state that a round before has changed, and so does the third.
    for (let round = 0; round < 3; round++) {
      local.loadWeights(first);
      const results = await training.localSteps(batches(), rates, { step: 0, replica: 0 });
      expect(await weightsOf(local)).toEqual(await weightsOf(whole));
      const mean = results.reduce((sum, { judgement }) => sum + judgement.loss / 3, 0);
      expect(mean).toBeCloseTo(existing(history[0]).loss, 5);
      expect(results.map(({ examples }) => examples)).toEqual([8, 8, 8]);
    }
    // Every value of the state has its first value again if no step is taken.
    await training.localSteps([], [], { step: 0, replica: 0 });
    const state = (await local.checkpoint()).tensors;
    for (const [key, { data }] of start) {
      if (/^(sgd|adam|adamw|rmsprop|adagrad)\./.test(key)) expect(state.get(key)?.data, key).toEqual(data);
    }
    training.end();
    for (const model of [whole, local]) model.dispose();
  });

  test("a step whose slice is empty is left out, and keeps its number and its rate", async () => {
    const make = () => smallModel(backend()).compile({ optimizer: new SGD(), loss: "softmaxCrossEntropy" });
    const [skipping, direct] = [make(), make()];
    const [a, b] = [of(skipping), of(direct)];
    for (const training of [a, b]) training.begin();
    const batches = [rows(a, 0, 0), rows(a, 0, 8)];
    expect(await a.localSteps(batches, [5, 0.1], { step: 6, replica: 2 })).toHaveLength(1);
    await b.localSteps([rows(b, 0, 8)], [0.1], { step: 7, replica: 2 });
    expect(await weightsOf(skipping)).toEqual(await weightsOf(direct));
    for (const model of [skipping, direct]) model.dispose();
  });

  test("a fit after parts is as one before them", async () => {
    const [plain, after] = [smallModel(backend()), smallModel(backend())];
    const first = await plain.save();
    const training = of(after);
    training.begin();
    await training.gradients(rows(training, 0, 8), { step: 40, replica: 7 });
    training.end();
    after.loadWeights(first);
    for (const model of [plain, after]) await model.fit(DATA, { batchSize: 8 });
    expect(await weightsOf(after)).toEqual(await weightsOf(plain));
    expect(await after.checkpoint()).toEqual(await plain.checkpoint());
    for (const model of [plain, after]) model.dispose();
  });

  test("values are written and read by name, and steps counted", async () => {
    const model = smallModel(backend());
    const training = of(model);
    training.begin();
    const names = ["dense.bias", "batch_normalization.movingMean"];
    const written = new Map([
      ["dense.bias", Float32Array.of(1, 2)],
      ["batch_normalization.movingMean", Float32Array.of(1, 2, 3, 4)],
    ]);
    training.writeWeights(written);
    expect(await training.readWeights(names)).toEqual(written);
    training.countSteps(5);
    expect(model.stepsDone).toBe(5);
    expect((await model.checkpoint()).metadata["step"]).toBe("5");
    const bias = (data: Float32Array, name = "dense.bias") => new Map([[name, data]]);
    expect(() => training.writeWeights(bias(Float32Array.of(1)))).toThrow(
      new ShapeError("trainDistributed: dense.bias has 1 values, expected 2 for its shape [2]"),
    );
    expect(() => training.writeWeights(bias(Float32Array.of(1), "bias"))).toThrow(
      new OptionError('trainDistributed: the model has no weight "bias"'),
    );
    await expect(training.readWeights(["bias"])).rejects.toThrow(OptionError);
    expect(() => training.applyGradients(bias(Float32Array.of(1, 2)))).toThrow(
      new OptionError("trainDistributed: the gradient of conv2d.kernel is missing"),
    );
    const everything = new Map(
      training.trained.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
    );
    expect(() => training.applyGradients(new Map([...everything, ...written]))).toThrow(
      'there is a gradient of "batch_normalization.movingMean", which is not trained',
    );
    expect(() => training.applyGradients(new Map([...everything, ["dense.bias", Float32Array.of(1)]]))).toThrow(
      ShapeError,
    );
    expect(model.stepsDone).toBe(5);
    training.end();
    model.dispose();
  });

  test("nothing else trains or compiles the model meanwhile", async () => {
    const model = smallModel(backend());
    const training = of(model);
    training.begin();
    const running = /another fit of this model runs|a fit of this model runs/;
    expect(() => model.fit(DATA)).toThrow(running);
    expect(() => model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" })).toThrow(running);
    expect(() => of(model).begin()).toThrow(
      new OptionError("trainDistributed: another fit of this model runs; wait for its end"),
    );
    const file = await model.checkpoint();
    expect(() => model.restore(file)).toThrow(running);
    training.end();
    model.restore(file);
    await model.fit(DATA, { batchSize: 24 });
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    expect(() => training.begin()).toThrow(DisposedError);
    of(model).begin();
    model.dispose();
  });

  test("without a trainable weight it does not begin, and leaves the model free", async () => {
    const dense = new Dense({ units: 2, trainable: false });
    const model = new Sequential([new Flatten(), dense]).build(backend(), { inputShape: [8, 8, 1] });
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    expect(() => of(model).begin()).toThrow("trainDistributed: no weight is trainable");
    dense.trainable = true;
    await model.fit(DATA);
    model.dispose();
  });
});

describe("a training in parts refuses", () => {
  test("what is no model, not built or not compiled", () => {
    expect(() => trainingOf(JSON.parse("{}"), "workDistributed")).toThrow(
      /^workDistributed: model is .*, expected a Model or a Sequential$/,
    );
    expect(() => trainingOf(new Sequential([new Dense({ units: 1 })]), "trainDistributed")).toThrow(
      /trainDistributed: build the model first/,
    );
  });
});
