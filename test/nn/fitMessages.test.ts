import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend, OptionError } from "webgpu-cnn";
import { type CompileOptions, Conv2D, type Dataset, type Fit, type FitOptions, Sequential } from "webgpu-cnn/nn";
import { wrong } from "../support/refusals.js";
import { bars, smallModel } from "./support/bars.js";

let backend: Backend;
let model: Sequential;
beforeAll(async () => {
  backend = await createBackend({ kind: "cpu" });
  model = smallModel(backend);
});
afterAll(() => backend.destroy());

const train = bars(8, 1);
const refused = (options: object) => () => model.fit(train, wrong<FitOptions>(options));

test.each<readonly [message: string, options: object]>([
  ['did you mean "validation.loss"?', { validationData: train, earlyStopping: { monitor: "val_loss" } }],
  ['did you mean "validation.loss"?', { validationData: train, reduceOnPlateau: { monitor: "validation_loss" } }],
  ['did you mean "validation.accuracy"?', { validationData: train, earlyStopping: { monitor: "val_accuracy" } }],
  ['did you mean "validation.accuracy"?', { validationData: train, earlyStopping: { monitor: "val_acc" } }],
  ['did you mean "accuracy"?', { earlyStopping: { monitor: "acc" } }],
  ["give validationData or validationSplit", { earlyStopping: { monitor: "val_loss" } }],
  ["fit: earlyStopping.monitor is 3, expected", { earlyStopping: { monitor: 3 } }],
  ["fit: unknown option reduceOnPlateau.factr; did you mean factor?", { reduceOnPlateau: { factr: 0.5 } }],
  ["fit: reduceOnPlateau.factor is 2, expected a number in [0, 1)", { reduceOnPlateau: { factor: 2 } }],
  ['fit: augment.flip is "sideways", expected', { augment: { flip: "sideways" } }],
  ["fit: unknown option augment.rotation; did you mean rotate?", { augment: { rotation: 3 } }],
  ["fit: validationSplit is 20, expected a number in (0, 1)", { validationSplit: 20 }],
  ["fit: validationSplit is 0, expected a number in (0, 1)", { validationSplit: 0 }],
  ["fit: validationSplit is 1, expected a number in (0, 1)", { validationSplit: 1 }],
])("%s", (message, options) => {
  expect(refused(options)).toThrow(OptionError);
  expect(refused(options)).toThrow(message);
});

test.each<readonly [message: string, options: FitOptions]>([
  ["fit: a stream decides its batches by itself, so it has no batchSize", { batchSize: 8 }],
  ["fit: a stream decides its batches by itself, so it has no shuffle", { shuffle: true }],
  ["fit: a stream decides its batches by itself, so it has no dropLast", { dropLast: true }],
])("%s", (message, options) => {
  expect(() => model.fit(() => [train], options)).toThrow(message);
});

test("batchSize is that of validationData if the dataset is a stream", async () => {
  const history = await model.fit(() => [train], { batchSize: 4, validationData: train });
  expect(history[0]?.validation?.loss).toBeGreaterThan(0);
});

test("a fit is a promise in every way", async () => {
  const promise: Promise<Awaited<Fit>> = model.fit(train);
  expect(await promise).toHaveLength(1);
  const ends: string[] = [];
  await model.fit(train).finally(() => ends.push("finally"));
  const abort = AbortSignal.abort("enough");
  const reason = await model.fit(train, { signal: abort }).catch((error: unknown) => error);
  await expect(model.fit(train, { signal: abort, startEpoch: true }).finally()).rejects.toBe("enough");
  expect([reason, ends]).toEqual(["enough", ["finally"]]);
});

test("images or inputs go with labels or targets", async () => {
  const { images, shape, labels } = train;
  const inputs = { input: { data: images, shape } };
  const targets = { dense: { data: labels } };
  const losses: number[] = [];
  const datasets: readonly Dataset[] = [train, { images, shape, targets }, { inputs, labels }, { inputs, targets }];
  for (const dataset of datasets) losses.push((await model.evaluate(dataset)).loss);
  expect(new Set(losses).size).toBe(1);
  expect(() => model.fit({ ...train, targets })).toThrow("fit: dataset has labels and targets, which are two forms");
});

test("a field of a dataset that is nearly a known one is refused; others are let be", () => {
  const given = (dataset: object) => () => model.fit(wrong<Dataset>(dataset));
  const weights = new Float32Array(8);
  expect(given({ ...train, sampleWeights: weights })).toThrow(
    'fit: dataset has "sampleWeights"; did you mean sampleWeight?',
  );
  expect(given({ x: train.images, y: train.labels })).toThrow(
    "fit: dataset has x, y, expected { images, shape, labels }",
  );
  expect(given({ ...train, name: "bars", size: 8, classes: ["lying", "upright"], label: 1 })).not.toThrow();
});

test.each<readonly [augment: object, filters: number]>([
  [{ flip: true }, 1],
  [{ shift: 0.1 }, 3],
  [{ rotate: 5 }, 1],
  [{ brightness: 0.2, zoom: 0.1 }, 2],
])("labels that have a place are not left behind by %o", async (augment, filters) => {
  const map = new Sequential([new Conv2D({ filters, kernelSize: 3, padding: "same" })]);
  map.build(backend, { inputShape: [4, 4, 1], seed: 1 }).compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const dataset = { images: new Float32Array(64), shape: [4, 4, 4, 1], labels: new Float32Array(64 * filters) };
  const refusal = `fit: augment moves the images, but the labels of output "conv2d" [N, 4, 4, ${filters}]`;
  expect(() => map.fit(dataset, { augment })).toThrow(refusal);
  await map.fit(dataset, { augment: { brightness: 0.1 } });
  expect(map.stepsDone).toBe(1);
  map.dispose();
});

test("typed arrays in a list, and a typed array without its shape", () => {
  const trained = (dataset: unknown) => () => model.fit(wrong<Dataset>(dataset));
  const each = [new Uint8Array(64), new Uint8Array(64)];
  expect(trained({ images: each, shape: [2, 8, 8, 1], labels: [0, 1] })).toThrow(
    "fit: dataset.images is a list that has Uint8Array of 64 bytes, expected numbers, nested arrays or one typed array; join the typed arrays into one, and give its shape",
  );
  expect(trained({ images: new Uint8Array(128), labels: [0, 1] })).toThrow(
    "fit: dataset.images is Uint8Array of 128 bytes without a shape, expected its extents too, examples first; give shape beside images, such as { images, shape: [60000, 28, 28, 1] }",
  );
  expect(trained({ inputs: { input: { data: new Uint8Array(128) } }, labels: [0, 1] })).toThrow(
    "fit: dataset.inputs.input is Uint8Array of 128 bytes without a shape, expected its extents too, examples first; give shape beside data",
  );
});

test.each([
  ["loss", "the loss function gave"],
  ["metric", "the metric"],
  ["augment", "augment gave"],
])("an async %s is refused, and its own rejection is not reported beside it", async (what, message) => {
  const failing = async () => Promise.reject(new Error("a second report"));
  const compiled = smallModel(backend);
  const fitted = async () => {
    const loss = what === "loss" ? failing : "softmaxCrossEntropy";
    const metrics = what === "metric" ? [failing] : [];
    compiled.compile(wrong<CompileOptions>({ optimizer: "sgd", loss, metrics }));
    await compiled.fit(train, wrong<FitOptions>(what === "augment" ? { augment: failing } : {}));
  };
  await expect(fitted()).rejects.toThrow(message);
  await expect(fitted()).rejects.toThrow("it is not async");
  compiled.dispose();
});
