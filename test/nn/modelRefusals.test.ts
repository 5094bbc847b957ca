import { describe, expect, test } from "vitest";
import {
  type Backend,
  BackendMismatchError,
  createBackend,
  DisposedError,
  mul,
  OptionError,
  ShapeError,
  type Tensor,
  type Variable,
} from "webgpu-cnn";
import {
  Add,
  type BuildScope,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  Dense,
  type ExampleShape,
  Flatten,
  input,
  Layer,
  Model,
  Residual,
  Sequential,
} from "webgpu-cnn/nn";
import { wrong } from "../support/refusals.js";
import { smallLayers, smallModel } from "./support/bars.js";

describe("a model refuses in words", () => {
  const open = () => createBackend({ kind: "cpu" });

  test("what it cannot connect or build", async () => {
    const backend = await open();
    const x = input([4]);
    expect(() => new Model({ inputs: input([3]), outputs: new Dense({ units: 1 }).apply(x) })).toThrow(
      "which is not among inputs",
    );
    expect(() => new Model({ inputs: wrong(3), outputs: x })).toThrow(OptionError);
    expect(() => new Sequential(wrong([1]))).toThrow("Sequential: layers has 1, expected a list of layers");
    expect(() => new Conv2D(wrong(32))).toThrow("Conv2D: options must be an object such as { filters: … }, got 32");
    expect(() => new Dense({ units: 2 ** 31 }).apply(wrong("x"))).toThrow("dense: apply got");
    expect(() => new Conv2D({ filters: 1, kernelSize: 3, kernelInitializer: wrong("glorot") })).toThrow(
      "Conv2D: kernelInitializer is",
    );
    const build = (layers: readonly Layer[], inputShape: ExampleShape) => () =>
      new Sequential(layers).build(backend, { inputShape });
    expect(build([new Conv2D({ filters: 6, kernelSize: 1, groups: 3 })], [4, 4, 4])).toThrow(
      "conv2d: groups is 3, expected a divisor of the 4 input channels and the 6 filters",
    );
    expect(build([new Conv2DTranspose({ filters: 2, kernelSize: 1, padding: 1 })], [1, 1, 2])).toThrow(ShapeError);
    expect(build([new Flatten(), new Dense({ units: 2 })], [null, 4, 1])).toThrow("varies");
    expect(() => new Sequential([]).build(wrong<Backend>(undefined), { inputShape: [1] })).toThrow(
      "build: backend must be",
    );
    expect(() => new Sequential(smallLayers()).summary()).toThrow("build the model first");
    backend.destroy();
  });

  test("layers on another backend, or with other inputs, before anything changes", async () => {
    const [one, two] = [await open(), await open()];
    const dense = new Dense({ units: 2 });
    const model = new Sequential([dense]).build(one, { inputShape: [3] });
    expect(() => new Sequential([dense]).build(two, { inputShape: [3] })).toThrow("is on another backend");
    expect(() => new Sequential([new Dense({ units: 5 }), dense]).build(one, { inputShape: [3] })).toThrow(ShapeError);
    expect(one.memory().tensors).toBe(2);
    expect(() => model.build(one, { inputShape: [3] })).toThrow("the model is built already");
    model.dispose();
    expect(() => model.predict(one.zeros([1, 3]))).toThrow("predict: the model was disposed of");
    for (const backend of [one, two]) backend.destroy();
  });

  test("two weights of one name", async () => {
    class Twice extends Layer {
      override build(scope: BuildScope): void {
        scope.weight("a", [1], "zeros");
        scope.weight("a", [2], "ones");
      }
      override call(x: Tensor): Tensor {
        return x;
      }
    }
    const backend = await open();
    expect(() => new Sequential([new Twice()]).build(backend, { inputShape: [1] })).toThrow(
      'twice: it has two weights named "a"; give each a name of its own',
    );
    expect(backend.memory().tensors).toBe(0);
    backend.destroy();
  });

  test("what it cannot compile", async () => {
    const backend = await open();
    const model = smallModel(backend);
    const compile = (options: object) => () => model.compile(wrong(options));
    expect(compile({ optimizer: "adm", loss: "softmaxCrossEntropy" })).toThrow('did you mean "adam"?');
    expect(compile({ loss: "crossEntropy" })).toThrow('did you mean "softmaxCrossEntropy"?');
    expect(compile({ loss: "softmaxCrossEntropy", metrics: ["acc"] })).toThrow('did you mean "accuracy"?');
    expect(compile({ loss: { dens: "meanSquaredError" } })).toThrow('did you mean "dense"?');
    expect(compile({ loss: { name: "softmaxCrossEntropy", labelSmoothing: 2 } })).toThrow(
      "compile: loss.labelSmoothing is 2, expected a number from 0 to 1",
    );
    expect(compile({ loss: { name: "huber", delta: -1 } })).toThrow(
      "compile: loss.delta is -1, expected a positive number",
    );
    expect(compile({ loss: { type: "huber" } })).toThrow('a loss with options such as { name: "huber", delta: 2 }');
    const ends = new Sequential([new Flatten(), new Sequential([new Dense({ units: 2, activation: "softmax" })])]);
    expect(() => ends.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" })).toThrow("ends in a softmax");
    backend.destroy();
  });

  test("inputs and outputs that are not named", () => {
    const x = input([4]);
    const y = new Dense({ units: 1 }).apply(x);
    const make =
      (...given: readonly unknown[]) =>
      () =>
        Reflect.construct(Model, given);
    expect(make(x, y)).toThrow("Model: options must be { inputs, outputs }, got a GraphTensor; new Model({ inputs: x,");
    expect(make([x], [y])).toThrow("Model: options must be { inputs, outputs }, got [a GraphTensor]");
  });

  test("a layer that does not take its inputs, by its name in the model", async () => {
    const backend = await open();
    const [a, b] = [input([8, 8, 3]), input([7, 7, 3])];
    const conv = () => new Conv2D({ filters: 3, kernelSize: 3, padding: "same" });
    const joined = new Concatenate().apply([conv().apply(a), b]);
    expect(() => new Model({ inputs: [a, b], outputs: joined }).build(backend)).toThrow(
      /^concatenate: concat: .*; its input is \[8, 8, 3\] and \[7, 7, 3\] for each example$/,
    );
    const small = [conv(), new Sequential([conv(), new Conv2D({ filters: 2, kernelSize: 9 })], { name: "inside" })];
    expect(() => new Sequential(small).build(backend, { inputShape: [8, 8, 3] })).toThrow(
      /^inside\.conv2d_1: .*; its input is \[8, 8, 3\] for each example$/,
    );
    const flat = [new Dense({ units: 2 }), new Conv2D({ filters: 2, kernelSize: 3, name: "second" })];
    expect(() => new Sequential(flat).build(backend, { inputShape: [5] })).toThrow(
      "second: its input is [2] for each example, expected [H, W, C]",
    );
    expect(backend.memory().tensors).toBe(0);
    backend.destroy();
  });

  test("a layer of one's own that fails with a TypeError, such as one of two inputs in a chain", async () => {
    const backend = await open();
    class Two extends Layer {
      override call([a, b]: readonly [Tensor, Tensor]): Tensor {
        return mul(a, b);
      }
    }
    class Unbuilt extends Layer {
      #factor: Variable | undefined;
      override call(x: Tensor): Tensor {
        return mul(x, wrong<Variable>(this.#factor).value);
      }
    }
    const build = (layer: Layer) => () => new Sequential([new Flatten(), layer]).build(backend, { inputShape: [4] });
    expect(build(new Two())).toThrow(OptionError);
    expect(build(new Two())).toThrow(
      /^two: it failed \(TypeError: .*; a layer of several inputs is a part of a graph: layer.apply\(\[a, b\]\)\); its input is \[4\]/,
    );
    expect(build(new Unbuilt())).toThrow(/^unbuilt: it failed \(TypeError: .*\); its input is \[4\] for each example$/);
    expect(backend.memory().tensors).toBe(0);
    backend.destroy();
  });

  test("tensors that predict cannot take: of another backend, disposed of, or none", async () => {
    const [backend, other] = [await open(), await open()];
    const x = input([4], { name: "left" });
    const z = input([4], { name: "right" });
    const one = new Sequential([new Dense({ units: 2 })]).build(backend, { inputShape: [4] });
    const two = new Model({ inputs: [x, z], outputs: new Add().apply([x, z]) }).build(backend);
    const right = backend.zeros([1, 4]);
    const gone = backend.zeros([1, 4]);
    gone.dispose();
    const elsewhere = other.zeros([1, 4]);
    expect(() => one.predict(elsewhere)).toThrow(BackendMismatchError);
    expect(() => one.predict(elsewhere)).toThrow(
      "predict: x is on another backend (cpu) than the model (cpu); bring it",
    );
    expect(() => one.call(elsewhere)).toThrow("call: x is on another backend");
    expect(() => two.predict({ left: right, right: elsewhere })).toThrow("predict: x.right is on another backend");
    expect(() => one.predict(gone)).toThrow(DisposedError);
    expect(() => one.predict(gone)).toThrow("predict: x [1, 4] was disposed of");
    expect(() => two.predict([right, gone])).toThrow("predict: x.right [1, 4] was disposed of");
    expect(() => one.predict(wrong(new Float32Array(4)))).toThrow(
      "predict: x must be a Tensor, got Float32Array of 16 bytes; make one with backend.tensor(…)",
    );
    for (const each of [backend, other]) each.destroy();
  });

  test("a change of its layers, inputs, outputs and their names", async () => {
    const backend = await open();
    class Around extends Layer {
      readonly inner = new Dense({ units: 1 });
      override build(scope: BuildScope, inputShape: ExampleShape) {
        scope.part(this.inner, inputShape);
      }
      override call(x: Tensor) {
        return this.inner.call(x);
      }
    }
    const residual = new Residual({ layers: [new Dense({ units: 2 })] });
    const around = new Around();
    const x = input([2]);
    const model = new Model({ inputs: x, outputs: around.apply(residual.apply(x)) }).build(backend);
    const chain = new Sequential([new Dense({ units: 2 }), new Dense({ units: 1 })]);
    chain.build(backend, { inputShape: [2] });
    const { layers, shortcut } = residual.config();
    const lists = [
      ...[model, chain].flatMap((each) => [each.layers, each.parts, each.inputs, each.outputs]),
      ...[model.inputNames, model.outputNames, model.weights.get("residual.dense.kernel")?.shape],
      ...[residual.parts, layers, shortcut, around.parts],
    ];
    for (const list of lists) {
      expect(Array.isArray(list)).toBe(true);
      const changed: unknown[] = wrong(list);
      expect(() => changed.push(1)).toThrow(TypeError);
      expect(() => {
        changed[0] = 1;
      }).toThrow(TypeError);
    }
    // The maps are copies: a change of one has no effect.
    for (const map of [chain.weights, chain.trainableWeights]) wrong<Map<string, Variable>>(map).clear();
    expect([chain.weights.size, chain.trainableWeights.size, chain.summary().parameters]).toEqual([4, 4, 9]);
    backend.destroy();
  });

  test("a path, where the content of a file is read", async () => {
    const backend = await open();
    const model = smallModel(backend);
    const withPath = (method: "save" | "checkpoint", given: unknown) =>
      wrong<(path: unknown) => Promise<unknown>>(model[method].bind(model))(given);
    await expect(withPath("save", "digits.safetensors")).rejects.toThrow(
      'save: takes no path and no options, got "digits.safetensors"; it gives the content of a file: saveCheckpoint("digits.safetensors", await model.save()) of webgpu-cnn/io writes it',
    );
    await expect(withPath("checkpoint", { overwrite: true })).rejects.toThrow(
      'checkpoint: takes no path and no options, got an object; it gives the content of a file: saveCheckpoint("model.safetensors", await model.checkpoint())',
    );
    await expect(withPath("save", 3)).rejects.toThrow(OptionError);
    expect((await model.save()).tensors.size).toBe(model.weights.size);
    backend.destroy();
  });
});
