import { expect, test } from "vitest";
import { createBackend, OptionError, ShapeError } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import {
  Adam,
  Conv2D,
  cosineDecay,
  Dense,
  type FitOptions,
  Flatten,
  type LabelledImages,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { describeOnEachBackend } from "../support/backends.js";
import { counting, requestDevice } from "../support/device.js";
import { wrong } from "../support/refusals.js";
import { bars, reportsOf, smallLayers, smallModel, weightsOf, withoutSpeed } from "./support/bars.js";

/** Everything that a training depends on. */
const OPTIONS = {
  batchSize: 16,
  validationData: bars(30, 9),
  earlyStopping: { patience: 50, restoreBest: true },
  reduceOnPlateau: { patience: 1, factor: 0.5 },
  augment: { flip: "horizontal", shift: 0.1, rotate: 5, zoom: 0.1, brightness: 0.05 },
} as const satisfies FitOptions;

describeOnEachBackend("fit", (backend) => {
  test("learns, and tells how it goes", async () => {
    const model = smallModel(backend());
    const optimizer = new Adam({ learningRate: 0.02 });
    model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const reports = await reportsOf(model.fit(bars(160, 1), { epochs: 6, batchSize: 16 }));
    expect(reports).toHaveLength(60);
    expect(reports[0]).toMatchObject({ epoch: 1, epochs: 6, step: 1, steps: 10 });
    expect(reports.at(-1)).toMatchObject({ epoch: 6, step: 10 });
    expect([model.epochsDone, model.stepsDone]).toEqual([6, 60]);
    const { loss, metrics } = await model.evaluate(bars(100, 2), { batchSize: 30 });
    expect(metrics["accuracy"]).toBeGreaterThan(0.9);
    expect(loss).toBeLessThan(reports[0]?.loss ?? 0);
    model.dispose();
  });

  test("three fits of one epoch are one fit of three, and a loop is a promise", async () => {
    const train = bars(72, 1);
    const whole = smallModel(backend());
    const history = await whole.fit(train, { ...OPTIONS, epochs: 3 });
    expect(history).toHaveLength(3);
    const parts = smallModel(backend());
    const entries = [];
    for (let i = 0; i < 3; i++) entries.push(...(await parts.fit(train, OPTIONS)));
    expect(entries).toEqual(history);
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
    const looped = smallModel(backend());
    const reports = await reportsOf(looped.fit(train, { ...OPTIONS, epochs: 3, reportEvery: 3 }));
    expect(reports.map(({ epoch, step }) => [epoch, step])).toEqual(
      [1, 2, 3].flatMap((e) => [
        [e, 3],
        [e, 5],
      ]),
    );
    expect(reports.filter(({ step }) => step === 5).map(({ validation }) => validation)).toEqual(
      history.map(({ validation }) => validation),
    );
    expect(await weightsOf(looped)).toEqual(await weightsOf(whole));
    for (const model of [whole, parts, looped]) model.dispose();
  });

  test.each([5, 8])("a run that is left after step %i and resumed from a file gives the same bits", async (left) => {
    const train = bars(72, 1);
    const whole = smallModel(backend());
    const history = await whole.fit(train, { ...OPTIONS, epochs: 3 });
    const stopped = smallModel(backend());
    let steps = 0;
    for await (const _ of stopped.fit(train, { ...OPTIONS, epochs: 3 })) if (++steps === left) break;
    expect(stopped.stepsDone).toBe(left);
    const file = decodeSafetensors(encodeSafetensors(await stopped.checkpoint()));
    expect(file.metadata["step"]).toBe(String(left));
    const resumed = smallModel(backend(), 1);
    resumed.restore(file);
    const rest = await resumed.fit(train, { ...OPTIONS, epochs: 3 - resumed.epochsDone });
    expect(rest).toEqual(history.slice(history.length - rest.length));
    expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
    // The model that was left goes on too.
    await stopped.fit(train, { ...OPTIONS, epochs: 3 - stopped.epochsDone });
    expect(await weightsOf(stopped)).toEqual(await weightsOf(whole));
    for (const model of [whole, stopped, resumed]) model.dispose();
  });

  test("inside the loop the model is as the report says", async () => {
    const train = bars(48, 1);
    const kept: (readonly number[] | undefined)[] = [];
    const model = smallModel(backend());
    for await (const { step } of model.fit(train, { batchSize: 16 })) {
      const file = await model.checkpoint();
      expect(file.metadata["step"]).toBe(String(step));
      expect([...(file.tensors.get("step")?.data ?? [])]).toEqual([step]);
      kept.push([...(file.tensors.get("dense.kernel")?.data ?? [])]);
    }
    const again = smallModel(backend());
    let at = 0;
    for await (const _ of again.fit(train, { batchSize: 16 })) {
      expect((await weightsOf(again))["dense.kernel"]).toEqual(kept[at++]);
    }
    for (const each of [model, again]) each.dispose();
  });

  test("an open epoch goes on with the same batches only, or begins anew", async () => {
    const train = bars(64, 1);
    const model = smallModel(backend());
    for await (const { step } of model.fit(train, { batchSize: 16 })) if (step === 2) break;
    expect(() => model.fit(train, { batchSize: 8 })).toThrow(
      "fit: batchSize is 8, expected 16 as in the epoch that is not finished; startEpoch: true begins it anew",
    );
    expect(() => model.fit(bars(32, 1), { batchSize: 16 })).toThrow("fit: examples is 32, expected 64");
    const reports = await reportsOf(model.fit(train, { batchSize: 8, startEpoch: true }));
    expect(reports.map(({ epoch, step }) => [epoch, step]).slice(0, 2)).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(model.epochsDone).toBe(1);
    model.dispose();
  });

  test("only one fit of a model runs at once, and nothing is compiled meanwhile", async () => {
    const model = smallModel(backend());
    const train = bars(48, 1);
    for await (const _ of model.fit(train, { batchSize: 16 })) {
      expect(() => model.fit(train)).toThrow("fit: another fit of this model runs");
      expect(() => model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" })).toThrow(
        "a fit of this model runs",
      );
      expect(() => model.restore({ tensors: {} })).toThrow("a fit of this model runs");
    }
    await model.fit(train);
    model.dispose();
  });

  test("an optimizer belongs to one model", async () => {
    const optimizer = new Adam();
    const [a, b] = [smallModel(backend()), smallModel(backend())];
    a.compile({ optimizer, loss: "softmaxCrossEntropy" });
    expect(() => b.compile({ optimizer, loss: "softmaxCrossEntropy" })).toThrow("belongs to another model");
    expect(() => optimizer.build(backend(), new Map())).toThrow("belongs to a model");
    await b.fit(bars(16, 1));
    a.dispose();
    b.compile({ optimizer, loss: "softmaxCrossEntropy" });
    await b.fit(bars(16, 1));
    b.dispose();
  });

  test("stops before the next step when the signal says so, and can go on", async () => {
    const model = smallModel(backend());
    const controller = new AbortController();
    const run = async () => {
      for await (const { step } of model.fit(bars(64, 1), { batchSize: 8, signal: controller.signal })) {
        if (step === 3) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(model.stepsDone).toBe(3);
    await model.fit(bars(64, 1), { batchSize: 8 });
    expect([model.stepsDone, model.epochsDone]).toEqual([8, 1]);
    model.dispose();
  });

  test("stops early, with the best weights", async () => {
    const model = smallModel(backend());
    model.compile({ optimizer: new SGD({ learningRate: 30 }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const data = bars(32, 1);
    const evaluated = bars(32, 2);
    const history = await model.fit(data, {
      ...{ epochs: 50, batchSize: 16, validationData: evaluated },
      earlyStopping: { monitor: "validation.loss", patience: 3, restoreBest: true },
    });
    expect(history.length).toBeLessThan(50);
    const losses = history.map(({ validation }) => validation?.loss ?? Number.NaN);
    expect(losses.indexOf(Math.min(...losses))).toBe(history.length - 4);
    expect((await model.evaluate(evaluated, { batchSize: 16 })).loss).toBe(Math.min(...losses));
    expect(() => model.fit(data, { earlyStopping: { monitor: "accurcy" } })).toThrow('did you mean "accuracy"?');
    model.dispose();
  });

  test("reduces the learning rate on a plateau, as SGD would with that rate", async () => {
    const [train, options] = [bars(32, 1), { batchSize: 16, shuffle: false } as const];
    const flat = () => {
      const model = new Sequential([new Flatten(), new Dense({ units: 2, kernelInitializer: "zeros" })]);
      return model.build(backend(), { inputShape: [8, 8, 1] });
    };
    // Each epoch is worse than infinitely good, so it reduces after the second epoch and the third.
    const model = flat().compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: "softmaxCrossEntropy" });
    await model.fit(train, {
      ...options,
      epochs: 3,
      reduceOnPlateau: { monitor: "loss", patience: 1, factor: 0.5, minDelta: 100 },
    });
    const other = flat().compile({
      optimizer: new SGD({ learningRate: (step) => (step < 4 ? 0.5 : 0.25) }),
      loss: "softmaxCrossEntropy",
    });
    await other.fit(train, { ...options, epochs: 3 });
    expect(await weightsOf(model)).toEqual(await weightsOf(other));
    for (const each of [model, other]) each.dispose();
  });

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

  test("the seed decides everything", async () => {
    const run = async (seed: number) => {
      const model = smallModel(backend(), seed);
      const reports = withoutSpeed(await reportsOf(model.fit(bars(48, 1), { epochs: 2, batchSize: 16 })));
      model.dispose();
      return reports;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  test("an image that is predicted is of its own extents, and a step is recorded for each", async () => {
    const model = new Sequential([new Conv2D({ filters: 2, kernelSize: 3, padding: "same" })]);
    model.build(backend(), { inputShape: [null, null, 1] });
    model.compile({ optimizer: new SGD({ learningRate: cosineDecay(0.1, 10) }), loss: "meanSquaredError" });
    for (const side of [4, 6, 4]) {
      const images = new Float32Array(2 * side * side).fill(1);
      await model.fit({ images, shape: [2, side, side, 1], labels: new Float32Array(4 * side * side) });
    }
    expect(model.stepsDone).toBe(3);
    model.dispose();
  });
});

test("after the first step of training nothing is allocated, and 2,000 steps leave memory as it was", async () => {
  const { device, made } = counting(await requestDevice());
  const backend = await createBackend({ device });
  const model = new Sequential([new Flatten(), new Dense({ units: 2 })])
    .build(backend, { inputShape: [8, 8, 1] })
    .compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
  const counts: number[] = [];
  let memory = backend.memory();
  let steps = 0;
  for await (const _ of model.fit(bars(16, 1), { epochs: 500, batchSize: 4 })) {
    // Reading back has two buffers that take turns.
    if (++steps === 4) memory = backend.memory();
    if (steps >= 4) counts.push(made());
  }
  expect(steps).toBe(2000);
  expect(new Set(counts).size).toBe(1);
  expect(backend.memory()).toMatchObject({ liveBytes: memory.liveBytes, pooledBytes: memory.pooledBytes });
  backend.destroy();
}, 240_000);
