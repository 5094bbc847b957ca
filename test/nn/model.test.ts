import { expect, test } from "vitest";
import { type Backend, createBackend, mul, OptionError, ShapeError, type Tensor, type Variable } from "webgpu-cnn";
import {
  Activation,
  Add,
  AveragePooling2D,
  BatchNormalization,
  type BuildScope,
  type CallContext,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  Cropping2D,
  Dense,
  DepthwiseConv2D,
  type ExampleShape,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  GroupNormalization,
  input,
  Layer,
  LayerNormalization,
  loadModel,
  MaxPooling2D,
  Model,
  Multiply,
  Reshape,
  Residual,
  SeparableConv2D,
  Sequential,
  UpSampling2D,
  ZeroPadding2D,
} from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { describeOnSampledBackends } from "../support/backends.js";
import { randomValues } from "../support/random.js";
import { wrong } from "../support/refusals.js";
import { bars, smallModel, weightsOf } from "./support/bars.js";

/** A layer of one's own, with a weight and a part. */
class Scaled extends Layer {
  readonly #inner: Layer;
  #factor: Variable | undefined;

  constructor({ inner = new Dense({ units: 3 }) }: { readonly inner?: Layer } = {}) {
    super();
    this.#inner = inner;
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    scope.part(this.#inner, inputShape);
    this.#factor = scope.weight("factor", [], "ones");
  }

  override call(x: Tensor, context: CallContext): Tensor {
    return mul(this.#inner.call(x, context), existing(this.#factor).value);
  }

  override config() {
    return { inner: this.#inner };
  }
}

const inputOf = (backend: Backend, shape: readonly number[], seed = 1) =>
  backend.tensor(
    randomValues(
      shape.reduce((size, extent) => size * extent, 1),
      seed,
    ),
    shape,
  );

describeOnSampledBackends("a model", 0, (backend) => {
  test("every layer trains, and its size follows from the input's", async () => {
    const model = new Sequential([
      new ZeroPadding2D({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      new Cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
      new Conv2D({ filters: 4, kernelSize: 3, padding: "same", useBias: false }),
      new BatchNormalization({ momentum: 0.5 }),
      new Activation("relu"),
      new Residual({
        layers: [
          new DepthwiseConv2D({ kernelSize: 3, padding: "same", strides: 2 }),
          new Conv2D({ filters: 8, kernelSize: 1, activation: "leakyRelu" }),
        ],
        shortcut: [new Conv2D({ filters: 8, kernelSize: 1, strides: 2 })],
      }),
      new GroupNormalization({ groups: 4 }),
      new Conv2DTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
      new AveragePooling2D({ poolSize: 2 }),
      new UpSampling2D({ size: 2, interpolation: "bilinear" }),
      new SeparableConv2D({ filters: 6, kernelSize: 3, depthMultiplier: 2, activation: "gelu" }),
      new MaxPooling2D({ poolSize: 3 }),
      new LayerNormalization(),
      new Sequential([new Conv2D({ filters: 6, kernelSize: 2, activation: "sigmoid" }), new GlobalAveragePooling2D()]),
      new Reshape({ targetShape: [1, -1] }),
      new Flatten(),
      new Dense({ units: 2 }),
    ]).build(backend(), { inputShape: [8, 8, 1], seed: 1 });
    const summary = model.summary();
    expect(summary.layers.map(({ name, outputShape }) => [name, outputShape])).toEqual([
      ["zero_padding2d", [9, 11, 1]],
      ["cropping2d", [8, 8, 1]],
      ["conv2d", [8, 8, 4]],
      ["batch_normalization", [8, 8, 4]],
      ["activation", [8, 8, 4]],
      ["residual", [4, 4, 8]],
      ["group_normalization", [4, 4, 8]],
      ["conv2d_transpose", [8, 8, 4]],
      ["average_pooling2d", [4, 4, 4]],
      ["up_sampling2d", [8, 8, 4]],
      ["separable_conv2d", [6, 6, 6]],
      ["max_pooling2d", [2, 2, 6]],
      ["layer_normalization", [2, 2, 6]],
      ["sequential", [6]],
      ["reshape", [1, 6]],
      ["flatten", [6]],
      ["dense", [2]],
    ]);
    const residual = 36 + 4 + 32 + 8 + 32 + 8;
    const separable = 9 * 8 + 8 * 6 + 6;
    expect(String(summary)).toMatch(
      /\n\d+ parameters \(\d KiB\), 8 of them not trained; \d+ KiB of outputs for each example$/,
    );
    expect(summary.parameters).toBe(36 + 16 + residual + 16 + (9 * 4 * 8 + 4) + separable + 12 + (4 * 36 + 6) + 14);
    model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    const before = await weightsOf(model);
    await model.fit(bars(32, 1), { batchSize: 16 });
    const after = await weightsOf(model);
    for (const name of Object.keys(before)) expect(after[name], name).not.toEqual(before[name]);
    model.dispose();
  });

  test("a graph has skip connections, several inputs and outputs, and extents that vary", async () => {
    const [left, right] = [input([null, null, 3], { name: "left" }), input([null, null, 2], { name: "right" })];
    const a = new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }).apply(left);
    const b = new Conv2D({ filters: 4, kernelSize: 1 }).apply(right);
    const joined = new Concatenate().apply([a, new Multiply().apply([a, b]), new Add().apply([a, b])]);
    const outputs = {
      map: new Conv2D({ filters: 1, kernelSize: 1 }).apply(joined),
      score: new Dense({ units: 2 }).apply(new GlobalMaxPooling2D().apply(joined)),
    };
    const model = new Model({ inputs: [left, right], outputs }).build(backend(), { seed: 1 });
    expect(model.inputNames).toEqual(["left", "right"]);
    for (const [h, w] of [
      [6, 9],
      [4, 4],
    ] as const) {
      const made = backend().tidy(() => {
        const x = { left: inputOf(backend(), [2, h, w, 3]), right: inputOf(backend(), [2, h, w, 2]) };
        const { map, score } = model.predict(x);
        return [map, score];
      });
      expect(made.map(({ shape }) => shape)).toEqual([
        [2, h, w, 1],
        [2, 2],
      ]);
      for (const tensor of made) tensor.dispose();
    }
    expect(model.summary().layers.map(({ outputShape }) => outputShape)).toContainEqual([null, null, 12]);
    expect(String(model.summary())).toContain("conv2d, multiply, add");
    model.dispose();
  });

  test("several inputs and outputs are trained, evaluated and predicted by name", async () => {
    const x = input([4], { name: "x" });
    const hidden = new Dense({ units: 8, activation: "tanh" }).apply(x);
    const model = new Model({
      inputs: x,
      outputs: { kind: new Dense({ units: 2 }).apply(hidden), size: new Dense({ units: 1 }).apply(hidden) },
    }).build(backend(), { seed: 2 });
    model.compile({
      optimizer: "adam",
      loss: { kind: "softmaxCrossEntropy", size: "meanSquaredError" },
      metrics: { kind: ["accuracy"], size: ["meanAbsoluteError"] },
      lossWeights: { size: 0.5 },
    });
    const data = randomValues(80, 1);
    const kinds = Float32Array.from({ length: 20 }, (_, i) => ((data[4 * i] ?? 0) > 0 ? 1 : 0));
    const dataset = {
      inputs: { x: { data, shape: [20, 4] } },
      targets: { kind: { data: kinds }, size: { data: randomValues(20, 2) } },
    };
    const [first] = await model.fit(dataset, { batchSize: 5 });
    expect(Object.keys(first?.metrics ?? {})).toEqual(["kind.accuracy", "size.meanAbsoluteError"]);
    const later = await model.fit(dataset, { batchSize: 5, epochs: 20 });
    expect(later.at(-1)?.loss).toBeLessThan(first?.loss ?? 0);
    const { kind, size } = await model.predictAll({ inputs: dataset.inputs }, { batchSize: 7 });
    expect([kind.shape, size.shape]).toEqual([
      [20, 2],
      [20, 1],
    ]);
    model.dispose();
  });

  test("a layer of one's own, with a weight and a layer inside, is trained, saved and loaded", async () => {
    const model = new Sequential([new Flatten(), new Scaled(), new Dense({ units: 2 })]);
    model.build(backend(), { inputShape: [8, 8, 1] });
    expect([...model.weights.keys()]).toEqual([
      "scaled.factor",
      "scaled.dense.kernel",
      "scaled.dense.bias",
      "dense.kernel",
      "dense.bias",
    ]);
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    const before = await weightsOf(model);
    await model.fit(bars(16, 1));
    expect((await weightsOf(model))["scaled.factor"]).not.toEqual(before["scaled.factor"]);
    const file = await model.save();
    await expect(loadModel(file, backend())).rejects.toThrow(OptionError);
    const loaded = await loadModel(file, backend(), { layers: { Scaled } });
    expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
    expect((await loaded.predictAll(bars(9, 2))).data).toEqual((await model.predictAll(bars(9, 2))).data);
    for (const each of [model, loaded]) each.dispose();
  });

  test("a layer that is used twice, or in two models, shares its weights", async () => {
    const shared = new Dense({ units: 4, activation: "tanh" });
    const x = input([4]);
    const twice = new Model({ inputs: x, outputs: new Dense({ units: 2 }).apply(shared.apply(shared.apply(x))) });
    twice.build(backend(), { seed: 1 });
    expect([...twice.weights.keys()]).toEqual(["dense.kernel", "dense.bias", "dense_1.kernel", "dense_1.bias"]);
    const before = await weightsOf(twice);
    const head = new Dense({ units: 3 });
    const other = new Sequential([shared, head]).build(backend(), { inputShape: [4], seed: 9 });
    expect(await weightsOf(twice)).toEqual(before);
    expect((await weightsOf(other))["dense.kernel"]).toEqual(before["dense.kernel"]);
    other.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await other.fit({ images: randomValues(16, 1), shape: [4, 4], labels: randomValues(12, 2) });
    expect((await weightsOf(twice))["dense.kernel"]).toEqual((await weightsOf(other))["dense.kernel"]);
    expect((await weightsOf(twice))["dense.kernel"]).not.toEqual(before["dense.kernel"]);
    other.dispose();
    expect((await weightsOf(twice))["dense.kernel"]).toHaveLength(16);
    expect(shared.isBuilt).toBe(true);
    expect(head.isBuilt).toBe(false);
    twice.dispose();
    expect(shared.isBuilt).toBe(false);
  });

  test("a trained model gives its layers to another: transfer learning", async () => {
    const trained = smallModel(backend());
    await trained.fit(bars(32, 1));
    const probe = backend().tensor(bars(4, 3).images, [4, 8, 8, 1]);
    const before = await trained.predict(probe).read();
    const body = trained.layers.slice(0, -1);
    for (const layer of body) layer.trainable = false;
    const model = new Sequential([...body, new Dense({ units: 3 })]);
    model.build(backend(), { inputShape: [8, 8, 1] }).compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    expect([...model.trainableWeights.keys()]).toEqual(["dense.kernel", "dense.bias"]);
    await model.fit(bars(32, 2));
    // Batch normalization is frozen too, so not even its moving statistics have changed.
    expect(await trained.predict(probe).read()).toEqual(before);
    for (const layer of body) layer.trainable = true;
    await model.fit(bars(32, 2));
    expect(await trained.predict(probe).read()).not.toEqual(before);
    probe.dispose();
    model.dispose();
    trained.dispose();
  });

  test("freezing a model freezes all layers inside, and weight decay leaves them alone", async () => {
    const inner = new Sequential([new Dense({ units: 4 }), new BatchNormalization()]);
    const model = new Sequential([new Flatten(), inner, new Dense({ units: 2 })]);
    model.build(backend(), { inputShape: [8, 8, 1] });
    model.compile({ optimizer: "adamw", loss: "softmaxCrossEntropy" });
    inner.trainable = false;
    const before = await weightsOf(model);
    await model.fit(bars(32, 1));
    const after = await weightsOf(model);
    for (const name of Object.keys(before)) {
      if (name.startsWith("sequential.")) expect(after[name], name).toEqual(before[name]);
      else expect(after[name], name).not.toEqual(before[name]);
    }
    model.trainable = false;
    expect(() => model.fit(bars(32, 1))).toThrow("no weight is trainable");
    model.dispose();
  });

  test("builds all of its layers, or none, and leaves no memory behind", async () => {
    // Its own, because tensors that other tests left may be collected as garbage meanwhile.
    const own = await createBackend({ kind: backend().kind });
    const dense = new Dense({ units: 2 });
    expect(() =>
      new Sequential([new Flatten(), dense, new Conv2D({ filters: 1, kernelSize: 3 })]).build(own, {
        inputShape: [8, 8, 1],
      }),
    ).toThrow(ShapeError);
    expect(dense.isBuilt).toBe(false);
    for (let i = 0; i < 3; i++) {
      const model = smallModel(own);
      await model.fit(bars(24, 1), { batchSize: 16 });
      model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
      await model.evaluate(bars(8, 1));
      expect(() => model.compile({ optimizer: "sgd", loss: wrong("crossEntropy") })).toThrow(OptionError);
      await model.fit(bars(24, 1), { batchSize: 16 });
      model.dispose();
    }
    await own.settled();
    expect(own.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    own.destroy();
  });

  test("gives one output for a grouped, depthwise or plain layer of unit variance", async () => {
    const layers = [
      new Conv2D({ filters: 64, kernelSize: 3, padding: "same" }),
      new Conv2D({ filters: 64, kernelSize: 3, padding: "same", groups: 8 }),
      new DepthwiseConv2D({ kernelSize: 3, padding: "same" }),
      new SeparableConv2D({ filters: 64, kernelSize: 3, padding: "same" }),
    ];
    for (const layer of layers) {
      const model = new Sequential([layer]).build(backend(), { inputShape: [12, 12, 64], seed: 3 });
      const x = randomValues(12 * 12 * 64, 4).map((value) => value * Math.sqrt(3));
      const { data } = await model.predictAll({ images: x, shape: [1, 12, 12, 64] });
      const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
      expect(variance, layer.kind).toBeGreaterThan(0.5);
      expect(variance, layer.kind).toBeLessThan(1.6);
      model.dispose();
    }
  });
});
