import { expect, test } from "vitest";
import { OptionError, ShapeError } from "webgpu-cnn";
import { Dense, type FitOptions, Flatten, type LabelledImages, Sequential, SGD } from "webgpu-cnn/nn";
import { describeOnSampledBackends } from "../support/backends.js";
import { wrong } from "../support/refusals.js";
import { bars, smallLayers, smallModel, weightsOf } from "./support/bars.js";

describeOnSampledBackends("what fit is given", 1, (backend) => {
  test("splits off the last examples for validation", async () => {
    const train = bars(40, 1);
    const part = (first: number, end: number): LabelledImages => ({
      images: train.images.slice(first * 64, end * 64),
      shape: [end - first, 8, 8, 1],
      labels: train.labels.slice(first, end),
    });
    const [split, given] = [smallModel(backend()), smallModel(backend())];
    const expected = await given.fit(part(0, 30), { batchSize: 10, validationData: part(30, 40) });
    expect(await split.fit(train, { batchSize: 10, validationSplit: 0.25 })).toEqual(expected);
    for (const each of [split, given]) each.dispose();
  });

  test("weighs examples and classes: a weight of 0 leaves them out, 2 counts twice", async () => {
    const train = bars(16, 1);
    const one = (dataset: LabelledImages, options: FitOptions) => {
      const model = new Sequential([new Flatten(), new Dense({ units: 2 })]);
      model.build(backend(), { inputShape: [8, 8, 1], seed: 4 });
      model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "softmaxCrossEntropy" });
      return { model, done: model.fit(dataset, { batchSize: 16, ...options }) };
    };
    const sampleWeight = Float32Array.from(train.labels, (label) => (label === 1 ? 2 : 0));
    const [bySample, byClass] = [one({ ...train, sampleWeight }, {}), one(train, { classWeight: { 0: 0, 1: 2 } })];
    expect(await bySample.done).toEqual(await byClass.done);
    expect(await weightsOf(bySample.model)).toEqual(await weightsOf(byClass.model));
    expect(await weightsOf(bySample.model)).not.toEqual(await weightsOf(one(train, {}).model));
    expect(() => one(train, { classWeight: [1, -1] })).toThrow("fit: classWeight[1] is -1");
    for (const { model } of [bySample, byClass]) model.dispose();
  });

  test("takes streams: batches, or a function that gives those of an epoch; a resumed one skips what is done", async () => {
    const train = bars(64, 1);
    const batch = (i: number) => ({
      images: train.images.slice(i * 16 * 64, (i + 1) * 16 * 64),
      shape: [16, 8, 8, 1],
      labels: train.labels.slice(i * 16, (i + 1) * 16),
    });
    async function* epoch() {
      for (let i = 0; i < 4; i++) yield batch(i);
    }
    const [whole, stream, left] = [smallModel(backend()), smallModel(backend()), smallModel(backend())];
    const history = await whole.fit(train, { epochs: 2, batchSize: 16, shuffle: false });
    expect(await stream.fit(epoch, { epochs: 2 })).toEqual(history);
    for await (const { step } of left.fit(() => [0, 1, 2, 3].map(batch), { epochs: 2 })) if (step === 3) break;
    await left.fit(epoch, { epochs: 2 });
    expect(await weightsOf(left)).toEqual(await weightsOf(whole));
    const bad = async function* (): AsyncGenerator<LabelledImages> {
      yield batch(0);
      yield { ...batch(1), labels: new Float32Array(16).fill(7) };
    };
    const before = left.stepsDone;
    await expect(left.fit(bad)).rejects.toThrow("expected a class number from 0 to 1");
    expect(left.stepsDone).toBe(before + 1);
    for (const model of [whole, stream, left]) model.dispose();
  });

  test("takes nested arrays, bytes that are scaled, and all kinds of typed arrays", async () => {
    const bytes = Uint8Array.from({ length: 4 * 4 }, (_, i) => 16 * i);
    const scaled = Float32Array.from(bytes, (byte) => Math.fround(byte / 255));
    const labels = [0, 1, 0, 1];
    const results: unknown[] = [];
    const datasets: readonly LabelledImages[] = [
      { images: scaled, shape: [4, 4], labels: Float32Array.from(labels) },
      { images: bytes, shape: [4, 4], labels: Uint8Array.from(labels) },
      { images: Float64Array.from(scaled), shape: [4, 4], labels: BigInt64Array.from(labels.map(BigInt)) },
      { images: [0, 1, 2, 3].map((row) => [...scaled.subarray(4 * row, 4 * row + 4)]), labels },
      { images: new Uint8ClampedArray(bytes), shape: [4, 4], labels: Int8Array.from(labels) },
      { images: scaled, shape: [4, 4], labels: Uint16Array.from(labels) },
    ];
    for (const dataset of datasets) {
      const model = new Sequential([new Dense({ units: 2 })]).build(backend(), { inputShape: [4], seed: 1 });
      model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
      results.push(await model.fit(dataset, { batchSize: 2 }));
      model.dispose();
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  test("learns with each loss, optimizer and metric by name", async () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => ((i * 37) % 64) / 64);
    const zeroOne = Float32Array.from({ length: 32 }, (_, i) => ((x[2 * i] ?? 0) + (x[2 * i + 1] ?? 0) > 1 ? 1 : 0));
    const runs = [
      ["binaryCrossEntropy", "adam", ["accuracy", "meanAbsoluteError"]],
      ["meanSquaredError", "sgd", ["accuracy"]],
      ["meanAbsoluteError", "rmsprop", []],
      ["huber", "adagrad", []],
      ["dice", "adamw", []],
    ] as const;
    for (const [loss, optimizer, metrics] of runs) {
      const last = new Dense({ units: 1, activation: loss === "dice" ? "sigmoid" : "none" });
      const model = new Sequential([new Dense({ units: 6, activation: "tanh" }), last]);
      model.build(backend(), { inputShape: [2], seed: 1 }).compile({ optimizer, loss, metrics });
      const history = await model.fit({ images: x, shape: [32, 2], labels: zeroOne }, { epochs: 8, batchSize: 8 });
      expect(history.at(-1)?.loss, loss).toBeLessThan(history[0]?.loss ?? 0);
      expect(Object.keys(history[0]?.metrics ?? {})).toEqual(metrics);
      model.dispose();
    }
  });

  test("refuses what does not fit, and changes nothing", async () => {
    const model = smallModel(backend());
    const before = await weightsOf(model);
    const train = bars(8, 1);
    const refused =
      (dataset: unknown, options: object = {}) =>
      () =>
        model.fit(wrong(dataset), options);
    expect(refused(undefined)).toThrow("fit: dataset is undefined, expected { images, shape, labels }");
    expect(refused(train.images)).toThrow("expected { images, shape, labels }");
    expect(refused({ images: train.images, labels: train.labels })).toThrow(ShapeError);
    expect(refused({ images: train.images, shape: train.shape })).toThrow("fit: dataset.labels is required");
    expect(refused({ ...train, shape: [8, 64] })).toThrow("expected [N, 8, 8, 1], as the model was built for");
    expect(refused({ ...train, labels: train.labels.map((label) => label + 1) })).toThrow(
      /fit: dataset\.labels\[\d\] is 2, expected a class number from 0 to 1/,
    );
    expect(refused({ ...train, labels: train.labels.map(() => Number.NaN) })).toThrow(
      "is NaN, expected a class number",
    );
    expect(refused({ ...train, labels: new Float32Array(24) })).toThrow(ShapeError);
    expect(refused({ ...train, sampleWeight: new Float32Array(7) })).toThrow(ShapeError);
    expect(refused(train, { signal: {} })).toThrow("fit: signal is an object, expected an AbortSignal");
    expect(refused(train, { epoch: 3 })).toThrow("did you mean epochs?");
    expect(refused(train, { batchSize: 9, dropLast: true })).toThrow("give no batch of 9");
    expect(refused(train, { augment: { flips: true } })).toThrow("did you mean flip?");
    expect(refused(train, { validationData: { ...train, labels: train.labels.map(() => 3) } })).toThrow(
      "validationData",
    );
    const plain = new Sequential(smallLayers()).build(backend(), { inputShape: [8, 8, 1] });
    expect(() => plain.fit(train)).toThrow("fit: compile the model first");
    plain.compile({ loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    await plain.evaluate(train);
    await expect(async () => plain.fit(train)).rejects.toThrow(OptionError);
    expect(await weightsOf(model)).toEqual(before);
    for (const each of [model, plain]) each.dispose();
  });
});
