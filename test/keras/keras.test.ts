import { describe, expect, test } from "vitest";
import { BackendMismatchError, createBackend, FileFormatError, OptionError, ShapeError, Tensor } from "webgpu-cnn";
import { loadKeras } from "webgpu-cnn/keras";
import { Conv2D, Dense, Flatten, type GraphTensor, type GraphTensors, Model, Sequential } from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { describeOnEachBackend } from "../support/backends.js";
import { expectRejection, wrong } from "../support/refusals.js";
import { isFull, sampled, sampledCases } from "../support/sampling.js";
import { expectOutputs, expectSaved, expectTraining } from "./support/judge.js";
import { loadMutants } from "./support/mutants.js";
import { fileOf, STORED, storedModel } from "./support/stored.js";

describeOnEachBackend("models of Keras", (backend) => {
  const stored = storedModel("nested");

  test("a .keras file gives Keras's numbers, trains as in Keras, and comes back when it is saved", async () => {
    const before = backend().memory().tensors;
    const model = await loadKeras<GraphTensors>(await fileOf(stored, "keras"), backend());
    await expectOutputs(backend(), model, stored);
    await expectSaved(backend(), model, stored);
    await expectTraining(model, stored);
    model.dispose();
    expect(backend().memory().tensors).toBe(before);
  });

  test("a graph is cut at each of its layers, and its last layer put back gives the same bits", async () => {
    const file = existing(STORED.find(({ name }) => name === "branching"));
    const base = await loadKeras<GraphTensors>(await fileOf(file, "keras"), backend());
    const given = () => Object.fromEntries(base.inputNames.map((name, i) => [name, ones(existing(base.inputs[i]))]));
    const ones = ({ source }: GraphTensor) => {
      const shape = "shape" in source ? (source.shape ?? []) : [];
      return backend().full([2, ...shape.map((extent) => extent ?? 8)], 0.5);
    };
    const whole = new Model({ inputs: base.inputs, outputs: base.outputs }).build(backend());
    expect([whole.inputNames, whole.outputNames]).toEqual([base.inputNames, base.outputNames]);
    const read = async (y: unknown) => {
      const tensors = y instanceof Tensor ? [y] : Object.values(Object(y)).filter((each) => each instanceof Tensor);
      return Promise.all(tensors.map(async (each) => [...(await each.read())]));
    };
    expect(await read(whole.predict(given()))).toEqual(await read(base.predict(given())));
    const all = base.layers.map((layer) => base.outputOf(layer));
    const each = new Model({ inputs: base.inputs, outputs: [...base.outputs, ...all] }).build(backend());
    expect((await read(each.predict(given()))).slice(0, base.outputs.length)).toEqual(
      await read(base.predict(given())),
    );
    for (const model of [base, whole, each]) model.dispose();
  });

  test("what Keras has frozen is frozen, and its batch normalization keeps its statistics", async () => {
    const model = await loadKeras(await fileOf(stored, "keras"), backend());
    const inside = existing(model.layers.find(({ parts }) => parts.some(({ name }) => name === "body")));
    expect(inside.parts.map(({ trainable }) => trainable)).toEqual([false]);
    expect([...model.trainableWeights.keys()].filter((name) => name.includes("body"))).toEqual([]);
    model.dispose();
  });
});

const FORMATS = ["keras", "h5", "legacy", "chunks"];

describe("files of Keras", () => {
  const opened = createBackend({ kind: "cpu" });
  const cases = STORED.flatMap((stored) =>
    FORMATS.filter((format) => stored.files[format]).map((format) => ({ ...stored, format })),
  );

  test.each(sampledCases(cases))("$name as $format gives Keras's numbers", async ({ format, ...stored }) => {
    const backend = await opened;
    const model = await loadKeras<GraphTensors>(await fileOf(stored, format), backend);
    await expectOutputs(backend, model, stored);
    model.dispose();
  });

  test.each(sampledCases(STORED))("$name takes its weights alone, of Keras 3 and of Keras 2", async (stored) => {
    const backend = await opened;
    const model = await loadKeras<GraphTensors>(await fileOf(stored, "keras"), backend);
    const clear = () => {
      for (const variable of model.weights.values()) variable.write(new Float32Array(variable.size));
    };
    for (const format of ["weights", "h5", "keras"]) {
      clear();
      expect(await loadKeras<GraphTensors>(await fileOf(stored, format), backend, { model })).toBe(model);
      await expectOutputs(backend, model, stored);
    }
    model.dispose();
  });

  test("weights go to a model that was made here, by the order of its layers if names differ", async () => {
    const backend = await opened;
    const loaded = await loadKeras(await fileOf(storedModel("functions"), "keras"), backend);
    const own = new Sequential([
      new Conv2D({ filters: 4, kernelSize: 3 }),
      new Conv2D({ filters: 4, kernelSize: 1, name: "second" }),
    ]);
    own.build(backend, { inputShape: [8, 8, 3] });
    await loadKeras(await fileOf(storedModel("functions"), "weights"), backend, { model: own });
    const values = async (model: Model) => Promise.all([...model.weights.values()].map((variable) => variable.read()));
    expect(await values(own)).toEqual(await values(loaded));
    await loadKeras(await fileOf(storedModel("functions"), "h5"), backend, { model: own });
    expect(await values(own)).toEqual(await values(loaded));
    for (const each of [loaded, own]) each.dispose();
  });

  test("weights that do not fit change nothing", async () => {
    const backend = await opened;
    const weights = await fileOf(storedModel("functions"), "weights");
    const refused = async (model: Model, error: typeof OptionError | typeof ShapeError, message: RegExp) => {
      const before = await Promise.all([...model.weights.values()].map((variable) => variable.read()));
      await expectRejection(backend, error, message, () => loadKeras(weights, backend, { model }));
      expect(await Promise.all([...model.weights.values()].map((variable) => variable.read()))).toEqual(before);
      model.dispose();
    };
    const build = (...layers: ConstructorParameters<typeof Sequential>[0]) =>
      new Sequential([...layers]).build(backend, { inputShape: [8, 8, 3] });
    const first = () => new Conv2D({ filters: 4, kernelSize: 3 });
    await refused(
      build(first(), new Conv2D({ filters: 4, kernelSize: 2 })),
      ShapeError,
      /conv2d_1\.kernel is \[1, 1, 4, 4\] in the file, expected \[2, 2, 4, 4\]/,
    );
    await refused(build(first()), OptionError, /weights that no layer takes: "layers\/conv2d_1\/vars\/0"/);
    await refused(
      build(first(), new Conv2D({ filters: 4, kernelSize: 1 }), new Flatten(), new Dense({ units: 1 })),
      OptionError,
      /lacks the weights "dense\/kernel", "dense\/bias"/,
    );
  });

  test("other arguments are refused", async () => {
    const backend = await opened;
    const other = await createBackend({ kind: "cpu" });
    const weights = await fileOf(storedModel("functions"), "weights");
    const unbuilt = new Sequential([new Dense({ units: 1 })]);
    const built = new Sequential([new Dense({ units: 1 })]).build(other, { inputShape: [1] });
    const refused = (
      error: typeof OptionError,
      message: RegExp,
      bytes: unknown,
      options?: Parameters<typeof loadKeras>[2],
    ) => expectRejection(backend, error, message, () => loadKeras(wrong(bytes), backend, options));
    await refused(OptionError, /the file has weights and no model; build the model and give it/, weights);
    await refused(OptionError, /build the model first/, weights, { model: unbuilt });
    await refused(OptionError, /model is 7, expected a model/, weights, { model: wrong(7) });
    await refused(BackendMismatchError, /the model is on another backend/, weights, { model: built });
    await refused(OptionError, /bytes is "x", expected a Uint8Array or an ArrayBuffer/, "x");
    await refused(OptionError, /unknown option modle; did you mean model/, weights, wrong({ modle: built }));
    await refused(FileFormatError, /begins neither as a zip archive/, new Uint8Array(3));
    await refused(FileFormatError, /no zip directory at its end/, Uint8Array.of(0x50, 0x4b, 3, 4));
    await refused(FileFormatError, /HDF5 file is malformed: .* outside of its/, weights.subarray(0, 60));
    built.dispose();
    other.destroy();
  });

  test("mutants of small files load or are refused, and leave nothing behind", async () => {
    const backend = await opened;
    const before = backend.memory();
    const { loaded, refused } = await loadMutants(backend, isFull ? 3000 : sampled(300), 1);
    expect(Math.min(loaded, refused)).toBeGreaterThan(10);
    expect(backend.memory()).toEqual(before);
  });
});
