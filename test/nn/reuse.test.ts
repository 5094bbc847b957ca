import { describe, expect, test } from "vitest";
import { createBackend, mul, OptionError, reshape, ShapeError, type Tensor, type Variable } from "webgpu-cnn";
import {
  Add,
  BatchNormalization,
  type BuildScope,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  type ExampleShape,
  Flatten,
  GroupNormalization,
  input,
  Layer,
  LayerNormalization,
  Model,
  Residual,
  SeparableConv2D,
  Sequential,
} from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { wrong } from "../support/refusals.js";

/** Its weight is broadcast, so no operator notices that the input has other channels. */
class Scaled extends Layer {
  #factor: Variable | undefined;

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    this.#factor = scope.weight("factor", [inputShape.at(-1) ?? 1], "ones");
  }

  override call(x: Tensor): Tensor {
    return mul(x, existing(this.#factor).value);
  }
}

/** Each layer with weights. It is built for [8, 8, 8]. */
const WITH_WEIGHTS: readonly (readonly [name: string, make: () => Layer])[] = [
  ["Conv2D", () => new Conv2D({ filters: 4, kernelSize: 3 })],
  ["Conv2D in groups", () => new Conv2D({ filters: 4, kernelSize: 3, groups: 4 })],
  ["Conv2DTranspose", () => new Conv2DTranspose({ filters: 4, kernelSize: 3 })],
  ["DepthwiseConv2D", () => new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2 })],
  ["SeparableConv2D", () => new SeparableConv2D({ filters: 4, kernelSize: 3 })],
  ["Dense", () => new Dense({ units: 4 })],
  ["BatchNormalization", () => new BatchNormalization()],
  ["LayerNormalization", () => new LayerNormalization()],
  ["GroupNormalization", () => new GroupNormalization({ groups: 1 })],
  ["a layer of one's own", () => new Scaled()],
  ["layers inside Residual", () => new Residual({ layers: [new Scaled()] })],
  ["layers inside Sequential", () => new Sequential([new Flatten(), new Scaled()])],
];

describe("a layer that is built", () => {
  test.each(WITH_WEIGHTS)(
    "%s is refused for inputs that it was not built for, before anything changes",
    async (_, make) => {
      const backend = await createBackend({ kind: "cpu" });
      const layer = make();
      const model = new Sequential([layer]).build(backend, { inputShape: [8, 8, 8] });
      const { tensors } = backend.memory();
      for (const inputShape of [
        [8, 8, 4],
        [8, 8, 1],
        [14, 14, 16],
      ]) {
        const first = new Conv2D({ filters: existing(inputShape[2]), kernelSize: 1 });
        const other = new Sequential([first, layer]);
        expect(() => other.build(backend, { inputShape: [8, 8, 3] })).toThrow(ShapeError);
        expect(() => other.build(backend, { inputShape: [8, 8, 3] })).toThrow("because it was built for [8, 8, 8]");
        expect(first.isBuilt).toBe(false);
        expect(() => new Sequential([layer]).build(backend, { inputShape })).toThrow(ShapeError);
      }
      expect(backend.memory().tensors).toBe(tensors);
      const again = new Sequential([layer]).build(backend, { inputShape: [8, 8, 8] });
      expect(backend.memory().tensors).toBe(tensors);
      for (const each of [model, again]) each.dispose();
      backend.destroy();
    },
  );

  test("takes images of another size, as in Keras: its weights do not depend on it", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const x = input([8, 8, 2]);
    const layer = new Conv2D({ filters: 2, kernelSize: 3 });
    const model = new Model({ inputs: x, outputs: layer.apply(layer.apply(x)) }).build(backend);
    expect(model.summary().layers.map(({ outputShape }) => outputShape)).toEqual([
      [6, 6, 2],
      [4, 4, 2],
    ]);
    model.dispose();
    backend.destroy();
  });

  test("a model is refused for shapes that it was not made for, and takes any size where an extent varies", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const made = (shape: ExampleShape) => {
      const x = input(shape);
      return new Model({ inputs: x, outputs: new Conv2D({ filters: 2, kernelSize: 3 }).apply(x) });
    };
    const inside = (model: Model, inputShape: ExampleShape) => () =>
      new Sequential([model]).build(backend, { inputShape }).dispose();
    const sequential = new Sequential([new Conv2D({ filters: 2, kernelSize: 3 })]);
    sequential.build(backend, { inputShape: [8, 8, 1] });
    for (const model of [made([8, 8, 1]), made([8, 8, 1]).build(backend), sequential]) {
      expect(inside(model, [9, 9, 1])).toThrow("expected [8, 8, 1], for which it was made");
      expect(inside(model, [null, null, 1])).toThrow(ShapeError);
      inside(model, [8, 8, 1])();
    }
    const free = made([null, null, 1]).build(backend);
    inside(free, [9, 9, 1])();
    inside(free, [null, 4, 1])();
    expect(inside(free, [9, 9, 2])).toThrow(ShapeError);
    backend.destroy();
  });
});

describe("a model as a layer", () => {
  test("gives its outputs by name, as predict does", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const x = input([4]);
    const two = new Model({
      inputs: x,
      outputs: { small: new Dense({ units: 2 }).apply(x), large: new Dense({ units: 5 }).apply(x) },
    });
    const y = input([4]);
    const { small, large } = two.apply(y);
    const model = new Model({ inputs: y, outputs: { large, small } }).build(backend);
    const given = backend.full([1, 4], 0.5);
    const [own, inner] = [model.predict(given), two.predict(given)];
    expect([own.large.shape, own.small.shape]).toEqual([
      [1, 5],
      [1, 2],
    ]);
    expect(await own.large.read()).toEqual(await inner.large.read());
    expect(await own.small.read()).toEqual(await inner.small.read());
    backend.destroy();
  });

  test("refuses more or fewer inputs than it has", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const [x, y] = [input([4], { name: "a" }), input([4], { name: "b" })];
    const two = new Model({ inputs: [x, y], outputs: new Add().apply([x, y]) });
    expect(() => two.apply(input([4]))).toThrow("model: apply got 1 inputs, expected 2: a list of a, b");
    expect(() => new Sequential([new Flatten()]).apply([x, y])).toThrow("sequential: apply got 2 inputs, expected 1");
    for (const layer of [new Dense({ units: 2 }), new Flatten(), new Conv2D({ filters: 1, kernelSize: 1 })]) {
      const model = new Model({ inputs: [x, y], outputs: layer.apply([x, y]) });
      expect(() => model.build(backend)).toThrow(OptionError);
      expect(() => model.build(backend)).toThrow("it takes one input, got several");
    }
    backend.destroy();
  });
});

describe("a layer of one's own is refused in words", () => {
  const build = async (body: Partial<Layer>) => {
    class Own extends Layer {
      override call(x: Tensor): Tensor {
        return x;
      }
    }
    Object.assign(Own.prototype, body);
    const backend = await createBackend({ kind: "cpu" });
    try {
      new Sequential([new Own()]).build(backend, { inputShape: [4] });
    } finally {
      expect(backend.memory().tensors).toBe(0);
      backend.destroy();
    }
  };

  test.each<readonly [text: string, body: object]>([
    ["own: call gave undefined, expected a tensor", { call: () => undefined }],
    ["own: call gave a Promise, expected a tensor", { call: async (x: Tensor) => x }],
    [
      "own: call gave a Promise, expected a tensor; call is not async",
      { call: async (x: Tensor) => reshape(x, [(await x.read()).length]) },
    ],
    ["own: it has no call(x, context)", { call: undefined }],
    ["own: build gave a promise", { build: async () => undefined }],
    ["own: build gave a promise", { build: async () => Promise.reject(new Error("not built")) }],
    ["own: part has 3, expected a list of layers", { build: (scope: BuildScope) => scope.part(wrong(3), [4]) }],
    [
      "own: unknown option trainabel; did you mean trainable?",
      { build: (scope: BuildScope) => scope.weight("a", [1], "ones", wrong({ trainabel: false })) },
    ],
    [
      "own: the initializer of a gave 1 values, expected 2 for [2]",
      { build: (scope: BuildScope) => scope.weight("a", [2], () => new Float32Array(1)) },
    ],
  ])("%s", async (text, body) => {
    await expect(build(body)).rejects.toThrow(text);
    await expect(build(body)).rejects.toThrow(/^own: /);
  });

  test("a read inside call, by the name of the layer", async () => {
    const reads: Promise<unknown>[] = [];
    await build({
      call: (x: Tensor) => {
        reads.push(x.read());
        return x;
      },
    });
    await expect(reads[0]).rejects.toThrow(
      'read: called inside call of the layer "own", where nothing is computed yet; call it outside',
    );
    await Promise.allSettled(reads);
  });

  test("a weight is made while build runs, not later", async () => {
    const backend = await createBackend({ kind: "cpu" });
    let kept: BuildScope | undefined;
    class Late extends Scaled {
      override build(scope: BuildScope, inputShape: ExampleShape): void {
        super.build(scope, inputShape);
        kept = scope;
      }
    }
    const model = new Sequential([new Late()]).build(backend, { inputShape: [4] });
    expect(() => kept?.weight("late", [1], "ones")).toThrow("late: a weight is made while build runs, not later");
    model.dispose();
    expect(backend.memory().tensors).toBe(0);
    backend.destroy();
  });
});

test("no two layers, inputs or metrics have one name, even if a name ends in a number", async () => {
  const backend = await createBackend({ kind: "cpu" });
  const layers = [new Dense({ units: 2 }), new Dense({ units: 3 }), new Dense({ units: 4, name: "dense_1" })];
  const model = new Sequential(layers).build(backend, { inputShape: [2], seed: 1 });
  expect([...model.weights.keys()].filter((name) => name.endsWith("kernel"))).toEqual([
    "dense.kernel",
    "dense_2.kernel",
    "dense_1.kernel",
  ]);
  const inputs = [input([1]), input([1]), input([1], { name: "input_1" })];
  expect(new Model({ inputs, outputs: new Add().apply(inputs) }).inputNames).toEqual(["input", "input_2", "input_1"]);
  model.compile({
    ...{ optimizer: "sgd", loss: "softmaxCrossEntropy" },
    metrics: [{ name: "topK", k: 1 }, { name: "topK", k: 4 }, "accuracy"],
  });
  const data = { images: [[1, 0]], labels: [3] };
  expect(Object.keys((await model.evaluate(data)).metrics)).toEqual(["topK", "topK_1", "accuracy"]);
  expect((await model.evaluate(data)).metrics["topK_1"]).toBe(1);
  model.compile({ loss: "softmaxCrossEntropy", metrics: "accuracy" });
  expect(Object.keys((await model.evaluate(data)).metrics)).toEqual(["accuracy"]);
  model.dispose();
  backend.destroy();
});
