import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBackend, OptionError } from "webgpu-cnn";
import { saveCheckpoint, writeNpy } from "webgpu-cnn/io";
import { Dense, Sequential } from "webgpu-cnn/nn";
import { readData } from "../../src/command/data.node.js";
import { backendOf, dataOf, openJobFile } from "../../src/command/jobFile.node.js";
import { makeModel } from "../../src/command/model.node.js";
import { readTraining } from "../../src/command/trainingOptions.js";
import { root } from "../house/files.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
  // Four images of 2×3 bytes, and their class numbers.
  const images = Uint8Array.from({ length: 24 }, (_, i) => i);
  writeFileSync(join(folder, "images.idx3"), idx([4, 2, 3], images));
  writeFileSync(join(folder, "labels.idx1.gz"), gzipSync(idx([4], Uint8Array.of(0, 1, 1, 0))));
  writeFileSync(join(folder, "labels3.idx1"), idx([3], Uint8Array.of(0, 1, 1)));
  writeFileSync(join(folder, "images.npy"), writeNpy({ shape: [4, 6], data: Float32Array.from(images) }));
  writeFileSync(join(folder, "labels.npy"), writeNpy({ shape: [4], data: BigInt64Array.of(0n, 1n, 1n, 0n) }));
  mkdirSync(join(folder, "node_modules/@lab/digits/data"), { recursive: true });
  // Imports see no file of this package.
  writeFileSync(join(folder, "node_modules/@lab/digits/package.json"), '{ "name": "@lab/digits", "exports": {} }');
  writeFileSync(join(folder, "node_modules/@lab/digits/data/images"), idx([4, 2, 3], images));
  writeFileSync(join(folder, "broken"), "this is no array");
});
afterAll(() => rmSync(folder, { recursive: true }));

function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, extent] of shape.entries()) header.writeUInt32BE(extent, 4 + 4 * axis);
  return Buffer.concat([header, data]);
}

const GOOD = {
  servers: "nats://127.0.0.1:4222",
  job: "small-1",
  model: { inputShape: [2, 3, 1], seed: 7, layers: [{ class: "Flatten" }, { class: "Dense", units: 2 }] },
  compile: { optimizer: { name: "adam", learningRate: 0.01 }, loss: "softmaxCrossEntropy", metrics: ["accuracy"] },
  data: { images: "images.idx3", labels: "labels.idx1.gz" },
  replicas: 4,
  epochs: 2,
};

/** Writes a job file, and reads all of it. */
async function readAll(job: unknown, overrides = {}) {
  writeFileSync(join(folder, "job.json"), typeof job === "string" ? job : JSON.stringify(job));
  const file = await openJobFile(join(folder, "job.json"), overrides);
  const backend = await createBackend({ kind: "cpu" });
  try {
    const training = readTraining(file.options);
    const data = await readData(dataOf(file, "data"));
    const model = await makeModel(file, backend);
    const layers = model.layers.map(({ className, name }) => `${className} ${name}`);
    const weights = [...model.weights].map(([name, { shape }]) => `${name} ${shape.join("×")}`);
    return { file, training, data, layers, weights, backend: backendOf(file) };
  } finally {
    backend.destroy();
  }
}

describe("a job file", () => {
  test("gives the job, the model, the data and the options", async () => {
    const { file, training, data, layers, weights, backend } = await readAll(GOOD);
    expect(file).toMatchObject({ name: "job.json", folder, servers: GOOD.servers, job: "small-1" });
    expect(training).toMatchObject({ replicas: 4, epochs: 2, localSteps: undefined, shuffle: undefined });
    expect(data).toMatchObject({ shape: [4, 2, 3, 1], images: Uint8Array.from({ length: 24 }, (_, i) => i) });
    expect(data.labels).toEqual(Uint8Array.of(0, 1, 1, 0));
    expect(layers).toEqual(["Flatten flatten", "Dense dense"]);
    expect(weights).toEqual(["dense.kernel 6×2", "dense.bias 2"]);
    expect(backend).toEqual({ kind: "wasm", threads: undefined });
  });

  test("has fields that the command line replaces", async () => {
    const { training, backend } = await readAll(GOOD, { epochs: 5, backend: "cpu", threads: 3 });
    expect(training).toMatchObject({ replicas: 4, epochs: 5 });
    expect(backend).toEqual({ kind: "cpu", threads: 3 });
  });

  test("may take its model from a file", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const model = new Sequential([new Dense({ units: 2, name: "saved" })]).build(backend, { inputShape: [6] });
    await saveCheckpoint(join(folder, "model.safetensors"), await model.save());
    backend.destroy();
    const job = { ...GOOD, model: { file: "model.safetensors" }, data: { images: "images.npy", labels: "labels.npy" } };
    const { weights, data } = await readAll(job);
    expect(weights).toEqual(["saved.kernel 6×2", "saved.bias 2"]);
    expect(data.shape).toEqual([4, 6]);
    expect(data.labels).toEqual(BigInt64Array.of(0n, 1n, 1n, 0n));
  });

  test("may have layers inside of layers, and a schedule", async () => {
    const block = { class: "Residual", layers: [{ class: "Conv2D", filters: 1, kernelSize: 3, padding: "same" }] };
    const learningRate = { name: "cosineDecay", initial: 0.1, decaySteps: 20, warmupSteps: 2 };
    const { layers, weights } = await readAll({
      ...GOOD,
      model: { inputShape: [2, 3, 1], layers: [block, { class: "Flatten" }, { class: "Dense", units: 2 }] },
      compile: { ...GOOD.compile, optimizer: { name: "sgd", momentum: 0.9, learningRate } },
    });
    expect(layers[0]).toBe("Residual residual");
    expect(weights[0]).toBe("residual.conv2d.kernel 3×3×1×1");
  });

  test("the example is right, and has the data of the page", async () => {
    const file = await openJobFile(join(root, "examples/distributed/mnist.json"));
    const data = await readData(dataOf(file, "data"));
    expect(data.shape).toEqual([14_000, 28, 28, 1]);
    expect(data.images).toBeInstanceOf(Uint8Array);
    expect(data.labels).toHaveLength(14_000);
    expect((await readData(dataOf(file, "validationData"))).shape).toEqual([2000, 28, 28, 1]);
    const backend = await createBackend({ kind: "cpu" });
    const model = await makeModel(file, backend);
    expect(model.summary().parameters).toBe(61_706);
    expect(readTraining(file.options)).toMatchObject({ replicas: 8, batchSize: 64 });
    backend.destroy();
  });
});

describe("data files", () => {
  const read = async (data: unknown) => (await readAll({ ...GOOD, data })).data;

  test("the first examples only, with a shape", async () => {
    const data = await read({ images: "images.npy", labels: "labels3.idx1", first: 3, shape: [2, 3, 1] });
    expect(data.shape).toEqual([3, 2, 3, 1]);
    expect(data.images).toEqual(Float32Array.from({ length: 18 }, (_, i) => i));
    expect(data.labels).toEqual(Uint8Array.of(0, 1, 1));
  });

  test("a file of an installed package, also if the package hides it from imports", async () => {
    const { shape } = await read({ images: "package:@lab/digits/data/images", labels: "labels.npy" });
    expect(shape).toEqual([4, 2, 3, 1]);
  });

  test.each<[Readonly<Record<string, unknown>>, string]>([
    [{ images: "none" }, 'data.images is "none", but there is no file '],
    [{ images: 3 }, "data.images is 3, expected the path of a file"],
    [{ labels: undefined }, "data.labels is required: expected the path of a file"],
    [{ image: "a" }, "unknown option data.image; did you mean images?"],
    [{ first: 5 }, "data.first is 5, expected at most the 4 examples of the files"],
    [{ first: 0 }, "data.first is 0, expected an integer ≥ 1"],
    [{ labels: "labels3.idx1" }, 'data.labels is "labels3.idx1", which has 3 labels, expected 4 as there are images'],
    [{ shape: [2, 2, 1] }, "data.shape is [2, 2, 1], expected 6 values for one example, which is [2, 3] in the file"],
    [{ shape: "2,3" }, 'data.shape is "2,3", expected the extents of one example such as [28, 28, 1]'],
    [{ images: "labels.npy" }, 'data.images is "labels.npy", which has the shape [4], expected examples [N, …]'],
    [{ images: "broken" }, 'data.images is "broken": readIdx: the file begins with 74 68 69 73'],
    [{ images: "package:none-such/a" }, 'data.images is "package:none-such/a", but no such file is installed near'],
    [{ images: "package:a" }, 'data.images is "package:a", expected a file of a package such as'],
    [{ images: "package:a/../../b" }, 'data.images is "package:a/../../b", expected a file of a package such as'],
  ])("%j is refused", async (change, message) => {
    await expect(read({ ...GOOD.data, ...change })).rejects.toThrow(`job.json: ${message}`);
  });
});

describe("what is wrong is said with its place", () => {
  const { model, compile } = GOOD;
  const layers = (...added: readonly unknown[]) => ({ ...GOOD, model: { ...model, layers: added } });
  const compiled = (change: object) => ({ ...GOOD, compile: { ...compile, ...change } });
  const rated = (learningRate: unknown) => compiled({ optimizer: { name: "sgd", learningRate } });

  test.each<[string, unknown, string]>([
    ["no JSON", "{", "the job file is no JSON: line 1, column 2 is its end, expected a name in quotes"],
    [
      "no JSON in a later line",
      '{\n  "job": "a",\n  "epochs": 2,\n}',
      'the job file is no JSON: line 4, column 1 is "}", expected a name in quotes',
    ],
    ["a comment", "{\n  // mine\n}", 'the job file is no JSON: line 2, column 3 is "/", expected a name in quotes'],
    ["a text without its end", '{ "job": "a }', "no JSON: line 1, column 10 begins a string that is malformed"],
    ["a list", "[]", "the job file is [], expected an object"],
    ["an unknown field", { ...GOOD, epoch: 2 }, "unknown option epoch; did you mean epochs?"],
    ["servers", { ...GOOD, servers: 4222 }, 'servers is 4222, expected an address such as "nats://127.0.0.1:4222"'],
    ["a job", { ...GOOD, job: 1 }, "job is 1, expected a name such as digits-1"],
    ["no model", { ...GOOD, model: undefined }, "model is missing, expected { "],
    ["an unknown field of the model", { ...GOOD, model: { ...model, sede: 1 } }, "unknown option model.sede; did you"],
    ["no input shape", { ...GOOD, model: { layers: [] } }, "model.inputShape is required: expected the extents"],
    ["a file and layers", { ...GOOD, model: { ...model, file: "a" } }, "model has file and inputShape; leave one out"],
    ["a file that is missing", { ...GOOD, model: { file: "a" } }, 'model.file is "a", but there is no file '],
    ["a file of something else", { ...GOOD, model: { file: "broken" } }, "model.file: loadCheckpoint: "],
    ["no data", { ...GOOD, data: undefined }, 'data is missing, expected { "images": FILE, "labels": FILE }'],
    ["layers left out", { ...GOOD, model: { inputShape: [6] } }, "model.layers is required: expected a list of layers"],
    ["no layers", layers(), "model.layers is [], expected at least one layer"],
    ["layers by name", layers("Dense"), 'model.layers[0] is "Dense", expected a layer such as { "class": "Dense"'],
    [
      "an unknown layer",
      layers({ class: "Conv2d" }),
      'layers[0].class is "Conv2d", expected a class of layers; did you',
    ],
    [
      "an option of a layer",
      layers({ class: "Dense", unit: 2 }),
      "model.layers[0]: Dense: unknown option unit; did you",
    ],
    ["a layer that does not fit", layers({ class: "MaxPooling2D", poolSize: 5 }), "model: "],
    [
      "a layer inside",
      layers({ class: "Residual", layers: [{ class: "Dens" }] }),
      'model.layers[0].layers[0].class is "Dens", expected a class of layers; did you mean "Dense"?',
    ],
    ["no compile", { ...GOOD, compile: undefined }, "compile is missing, expected { "],
    ["no optimizer", compiled({ optimizer: undefined }), 'compile.optimizer is required: expected "sgd" or "adam"'],
    ["an unknown optimizer", compiled({ optimizer: "Adam" }), 'compile.optimizer is "Adam", expected '],
    ["an optimizer's name", compiled({ optimizer: { name: "adm" } }), 'compile.optimizer.name is "adm", expected '],
    [
      "an optimizer's option",
      compiled({ optimizer: { name: "adam", lr: 1 } }),
      "compile.optimizer: Adam: unknown option",
    ],
    ["a rate", rated("fast"), 'compile.optimizer: SGD: learningRate is "fast", expected'],
    [
      "a schedule",
      rated({ name: "cosine" }),
      'compile.optimizer.learningRate.name is "cosine", expected "cosineDecay"',
    ],
    [
      "a schedule's number",
      rated({ name: "cosineDecay", initial: 0.1 }),
      "compile.optimizer.learningRate.decaySteps is required",
    ],
    ["a schedule's lists", rated({ name: "piecewiseConstant", values: [1] }), "learningRate.boundaries is required"],
    [
      "no loss",
      compiled({ loss: undefined }),
      'compile.loss is required: expected the name of a loss such as "softmax',
    ],
    ["an unknown loss", compiled({ loss: "mse" }), 'job.json: compile: loss is "mse", expected'],
    ["an unknown metric", compiled({ metrics: ["acc"] }), "job.json: compile: metrics"],
    ["epochs", { ...GOOD, epochs: 0 }, "epochs is 0, expected an integer ≥ 1"],
    ["a share", { ...GOOD, verify: 2 }, "verify is 2, expected a number from 0 to 1"],
    ["a word", { ...GOOD, precision: "f16" }, 'precision is "f16", expected "float32" or "float16"'],
    ["yes or no", { ...GOOD, mixed: "yes" }, 'mixed is "yes", expected true or false'],
    ["augmentation", { ...GOOD, augment: true }, 'augment is true, expected an object such as { "flip": true }'],
    ["class weights", { ...GOOD, classWeight: { cat: 1 } }, "classWeight is an object, expected factors ≥ 0 by"],
    ["a backend", { ...GOOD, backend: "gpu" }, 'backend is "gpu", expected "auto" or "webgpu"'],
  ])("%s", async (_, job, message) => {
    await expect(readAll(job)).rejects.toThrow(message);
    await expect(readAll(job)).rejects.toThrow(/^job\.json: /);
    await expect(readAll(job)).rejects.not.toThrow(/function|undefined/);
  });

  test("a job file that is missing", async () => {
    await expect(openJobFile("none.json")).rejects.toThrow(OptionError);
    await expect(openJobFile("none.json")).rejects.toThrow(/^the job file is "none\.json", but there is no file /);
  });
});
