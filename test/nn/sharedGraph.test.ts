import { expect, test } from "vitest";
import { OptionError, type Tensor } from "webgpu-cnn";
import {
  Add,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  GlobalAveragePooling2D,
  input,
  loadModel,
  MaxPooling2D,
  Model,
  Sequential,
} from "webgpu-cnn/nn";
import { exportOnnx, loadOnnx } from "webgpu-cnn/onnx";
import { existing } from "../../src/core/objects.js";
import { describeOnEachBackend } from "../support/backends.js";
import { wrong } from "../support/refusals.js";

/** Two branches that meet, a layer named "features", and a head. */
function branches() {
  const x = input([6, 6, 2]);
  const convolution = (filters: number) => new Conv2D({ filters, kernelSize: 3, padding: "same", activation: "relu" });
  const left = new GlobalAveragePooling2D().apply(new BatchNormalization().apply(convolution(3).apply(x)));
  const right = new Flatten().apply(new MaxPooling2D().apply(convolution(2).apply(x)));
  const joined = new Concatenate().apply([left, right]);
  const features = new Dense({ units: 5, activation: "relu", name: "features" }).apply(joined);
  return new Model({ inputs: { picture: x }, outputs: new Dense({ units: 10, name: "classes" }).apply(features) });
}

const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i));
const labelled = { images: wave(4 * 72), shape: [4, 6, 6, 2], labels: [0, 1, 1, 0] };
const frozen = (model: Model) => [...model.weights].filter(([name]) => !name.startsWith("classes"));

describeOnEachBackend("a model that goes on from a layer of another one", (backend) => {
  const x = () => backend().tensor(wave(2 * 72), [2, 6, 6, 2]);
  const read = async (y: Tensor) => [...(await y.read())];

  test("shares the layers: with the old head it gives the same bits, and it can be cut", async () => {
    const base = branches().build(backend(), { seed: 3 });
    const { tensors } = backend().memory();
    const head = existing(base.layers.at(-1)).apply(base.outputOf("features"));
    const again = new Model({ inputs: base.inputs, outputs: head }).build(backend());
    const cut = new Model({ inputs: base.inputs, outputs: base.outputOf("features") }).build(backend());
    const both = new Model({ inputs: base.inputs, outputs: [...base.outputs, base.outputOf("features")] });
    both.build(backend());
    expect(backend().memory().tensors).toBe(tensors);
    expect(again.inputNames).toEqual(["picture"]);
    expect([...again.weights.values()]).toEqual([...base.weights.values()]);
    expect(cut.weights.get("features.kernel")).toBe(base.weights.get("features.kernel"));
    expect([...cut.weights.keys()].some((name) => name.startsWith("classes"))).toBe(false);
    const expected = await read(base.predict(x()));
    const outputs = Object.values(both.predict(x()));
    expect(both.outputNames).toEqual(["classes", "features"]);
    expect(await Promise.all(outputs.map(read))).toEqual([expected, await read(cut.predict(x()))]);
    for (const model of [base, cut, both]) model.dispose();
    expect([...again.weights.keys()]).toHaveLength(12);
    again.dispose();
    expect(backend().memory().tensors).toBeLessThan(tensors);
  });

  test("a new head trains alone while the rest is frozen, and the model is saved, loaded and exported", async () => {
    const base = branches().build(backend(), { seed: 3 });
    for (const layer of base.layers) layer.trainable = false;
    const head = new Dense({ units: 2, name: "odd" }).apply(base.outputOf("features"));
    const model = new Model({ inputs: base.inputs, outputs: head }).build(backend(), { seed: 4 });
    expect([...model.trainableWeights.keys()]).toEqual(["odd.kernel", "odd.bias"]);
    const valuesOf = async () => Promise.all(frozen(base).map(async ([, weight]) => [...(await weight.value.read())]));
    const [before, untrained] = [await valuesOf(), await read(model.predict(x()))];
    model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    await model.fit(labelled, { epochs: 2 });
    expect(await valuesOf()).toEqual(before);
    const trained = await read(model.predict(x()));
    expect(trained).not.toEqual(untrained);
    const loaded = await loadModel(await model.save(), backend());
    expect(await read(loaded.predict(x()))).toEqual(trained);
    const exported = await loadOnnx(await exportOnnx(model), backend());
    expect(exported.inputNames).toEqual(["picture"]);
    for (const [i, value] of (await read(exported.predict(x()))).entries())
      expect(value).toBeCloseTo(trained[i] ?? 0, 5);
    for (const each of [base, model, loaded, exported]) each.dispose();
  });

  test("goes on from a Sequential, which knows the shape of its input when it is built", async () => {
    const head = new Dense({ units: 4 });
    const base = new Sequential([new Conv2D({ filters: 3, kernelSize: 3 }), new Flatten(), head]);
    expect(() => base.inputs).toThrow("inputs: build the model first");
    expect(() => base.outputOf("flatten")).toThrow("outputOf: build the model first");
    base.build(backend(), { inputShape: [6, 6, 2], seed: 1 });
    const again = new Model({ inputs: base.inputs, outputs: head.apply(base.outputOf("flatten")) }).build(backend());
    expect(await read(again.predict(x()))).toEqual(await read(base.predict(x())));
    expect(String(again.summary())).toContain("[N, 6, 6, 2]");
    for (const each of [base, again]) each.dispose();
    base.build(backend(), { inputShape: [4, 4, 2] });
    const small = new Model({ inputs: base.inputs, outputs: base.outputOf("conv2d") }).build(backend());
    expect(small.predict(backend().zeros([1, 4, 4, 2])).shape).toEqual([1, 2, 2, 3]);
    for (const each of [base, small]) each.dispose();
  });
});

describeOnEachBackend("outputOf", (backend) => {
  test("gives the last use of a layer, or one by its number", () => {
    const x = input([3]);
    const layer = new Dense({ units: 3, activation: "relu" });
    const model = new Model({ inputs: x, outputs: layer.apply(layer.apply(layer.apply(x))) }).build(backend());
    const uses = [undefined, 0, 1, 2].map((use) => {
      const cut = new Model({ inputs: model.inputs, outputs: model.outputOf(layer, use) }).build(backend());
      return cut.summary().layers.length;
    });
    expect(uses).toEqual([3, 1, 2, 3]);
    for (const use of [3, -1, 0.5, "0"]) {
      expect(() => model.outputOf(layer, wrong(use))).toThrow(
        `outputOf: use is ${JSON.stringify(use)}, expected an integer from 0 to 2: the model uses "dense" 3 times`,
      );
    }
    model.dispose();
  });

  test("gives one of several outputs of a model inside", async () => {
    const y = input([4]);
    const outputs = { small: new Dense({ units: 2 }).apply(y), large: new Dense({ units: 5 }).apply(y) };
    const inner = new Model({ inputs: y, outputs, name: "inner" });
    const x = input([4]);
    const { small, large } = inner.apply(x);
    const model = new Model({ inputs: x, outputs: new Concatenate().apply([small, large]) }).build(backend());
    const cut = new Model({ inputs: model.inputs, outputs: model.outputOf("inner.large") }).build(backend());
    const given = backend().tensor(wave(4), [1, 4]);
    expect([...(await cut.predict(given).read())]).toEqual([...(await model.predict(given).read())].slice(2));
    expect(cut.outputNames).toEqual(["large"]);
    for (const wanted of ["inner", "inner.middle", inner]) {
      expect(() => model.outputOf(wanted)).toThrow(
        'outputOf: "inner" is a model with several outputs, expected one of "inner.small", "inner.large"',
      );
    }
    expect(() => model.outputOf("concatenate.y")).toThrow(
      'outputOf: "concatenate" has one output, got "concatenate.y"',
    );
    expect(() => model.outputOf(inner.layers[0] ?? "")).toThrow('outputOf: the layer "dense" is inside "inner"');
    for (const each of [cut, model]) each.dispose();
  });

  test("refuses what is no layer of the model", () => {
    const model = branches().build(backend());
    expect(() => model.outputOf("feature")).toThrow(
      'outputOf: "model" has no layer "feature"; did you mean "features"?',
    );
    expect(() => model.outputOf("xyz")).toThrow('its last layers are "flatten", "concatenate", "features", "classes"');
    expect(() => model.outputOf(new Flatten())).toThrow('outputOf: the layer "flatten" is not in "model"');
    expect(() => model.outputOf(wrong(undefined))).toThrow(
      "outputOf: layer is undefined, expected a layer of the model",
    );
    model.dispose();
  });

  test("Sequential refuses layers that are no chain in the model that they come from, and takes chains", () => {
    const model = branches().build(backend());
    const layers = model.layers;
    const joins = () => new Sequential([...layers.slice(0, -1), new Dense({ units: 2 })]);
    expect(joins).toThrow(OptionError);
    expect(joins).toThrow("is on another branch than");
    const concatenate = layers.filter((layer) => layer instanceof Concatenate);
    expect(() => new Sequential(concatenate)).toThrow(
      'Sequential: layers has "concatenate", which joins several tensors in the model that it comes from',
    );
    expect(layers.length).toBe(9);
    new Sequential(layers.slice(-2));
    const x = input([4, 4, 2]);
    const same = new Conv2D({ filters: 2, kernelSize: 3, padding: "same" });
    const chain = [same, new Dropout({ rate: 0.5 }), new Flatten()];
    const y = chain.reduce((tensor, layer) => layer.apply(tensor), x);
    const other = new Model({ inputs: x, outputs: new Add().apply([y, y]) }).build(backend());
    new Sequential(chain.filter((layer) => !(layer instanceof Dropout)));
    new Sequential([new Flatten(), ...chain.toReversed()]);
    for (const each of [model, other]) each.dispose();
    new Sequential(layers);
  });
});
