import { describe, expect, test } from "vitest";
import { createBackend, OptionError, ShapeError, type Tensor } from "webgpu-cnn";
import {
  type BuildScope,
  Conv2D,
  Conv2DTranspose,
  Dense,
  type ExampleShape,
  Flatten,
  input,
  Layer,
  Model,
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
    expect(() => new Sequential([]).build(wrong(undefined), { inputShape: [1] })).toThrow("build: backend must be");
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
      "compile: labelSmoothing is 2, expected a number from 0 to 1",
    );
    expect(compile({ loss: { name: "huber", delta: -1 } })).toThrow("compile: delta is -1, expected a positive number");
    expect(compile({ loss: { type: "huber" } })).toThrow('a loss with options such as { name: "huber", delta: 2 }');
    const ends = new Sequential([new Flatten(), new Sequential([new Dense({ units: 2, activation: "softmax" })])]);
    expect(() => ends.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" })).toThrow("ends in a softmax");
    backend.destroy();
  });
});
