import { describe, expect, test } from "vitest";
import { add, createBackend, FileFormatError, mul, OptionError, ShapeError, type Variable } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import {
  Add,
  BatchNormalization,
  Conv2D,
  Conv2DTranspose,
  Dense,
  Dropout,
  Flatten,
  input,
  loadModel,
  MaxPooling2D,
  Model,
  type ModelFile,
  Optimizer,
  type Parameter,
  Residual,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { describeOnSampledBackends } from "../support/backends.js";
import { randomValues } from "../support/random.js";
import { wrong } from "../support/refusals.js";
import { bars, smallLayers, smallModel, weightsOf } from "./support/bars.js";

const throughBytes = (file: ModelFile) => decodeSafetensors(encodeSafetensors(file));

describeOnSampledBackends("files of models", 1, (backend) => {
  test("a saved model comes back: layers, shared ones, frozen ones, weights, predictions", async () => {
    const shared = new Dense({ units: 8, activation: "tanh", name: "twice" });
    const x = input([8, 8, 1], { name: "image" });
    const flat = new Flatten().apply(
      new Residual({
        layers: [new Conv2D({ filters: 2, kernelSize: 3, padding: "same" }), new BatchNormalization()],
        shortcut: [new Conv2D({ filters: 2, kernelSize: 1 })],
      }).apply(x),
    );
    const first = shared.apply(new Dense({ units: 8 }).apply(flat));
    const inner = new Sequential([new Dense({ units: 8 }), new Dropout({ rate: 0.3 })], { name: "inside" });
    const outputs = {
      a: new Dense({ units: 2 }).apply(new Add().apply([first, shared.apply(first)])),
      b: inner.apply(first),
    };
    inner.trainable = false;
    const model = new Model({ inputs: x, outputs }).build(backend(), { seed: 5 });
    const loaded = await loadModel<typeof outputs>(throughBytes(await model.save()), backend());
    expect([...loaded.weights.keys()]).toEqual([...model.weights.keys()]);
    expect([...loaded.trainableWeights.keys()]).toEqual([...model.trainableWeights.keys()]);
    expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
    const [own, theirs] = [await model.predictAll(bars(5, 1)), await loaded.predictAll(bars(5, 1))];
    expect(theirs.a.data).toEqual(own.a.data);
    expect(theirs.b.data).toEqual(own.b.data);
    expect(String(loaded.summary())).toBe(String(model.summary()));
    for (const each of [model, loaded]) each.dispose();
  });

  test("a checkpoint loads as a model, and training goes on with the same bits", async () => {
    const model = smallModel(backend());
    for await (const { step } of model.fit(bars(64, 1), { batchSize: 16 })) if (step === 3) break;
    const file = throughBytes(await model.checkpoint());
    const loaded = await loadModel(file, backend());
    loaded.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    loaded.restore(file);
    const rest = await loaded.fit(bars(64, 1), { batchSize: 16, epochs: 2 });
    expect(rest).toEqual(await model.fit(bars(64, 1), { batchSize: 16, epochs: 2 }));
    for (const each of [model, loaded]) each.dispose();
  });

  test("weights that were frozen since keep the optimizer's state in a checkpoint", async () => {
    const [model, other] = [smallModel(backend()), smallModel(backend())];
    await model.fit(bars(32, 1));
    existing(model.layers[0]).trainable = false;
    await model.fit(bars(32, 1));
    const file = await model.checkpoint();
    existing(other.layers[0]).trainable = false;
    other.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    other.restore(file);
    for (const each of [model, other]) existing(each.layers[0]).trainable = true;
    expect(await other.fit(bars(32, 1))).toEqual(await model.fit(bars(32, 1)));
    for (const each of [model, other]) each.dispose();
  });

  test("names of layers may be those of optimizers, and end as others do", async () => {
    const make = () => {
      const frozen = new Dense({ units: 4, trainable: false });
      const inner = new Sequential([new Dense({ units: 4, name: "best" }), new Dense({ units: 3 })]);
      const layers = [new Flatten(), frozen, inner, new Dense({ units: 2, name: "adam" })];
      const model = new Sequential(layers).build(backend(), { inputShape: [8, 8, 1], seed: 1 });
      return model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    };
    const [model, other] = [make(), make()];
    await model.fit(bars(16, 1));
    const file = throughBytes(await model.checkpoint());
    other.restore(file);
    expect(await weightsOf(other)).toEqual(await weightsOf(model));
    const names = [...model.weights.keys()];
    expect(make().loadWeights(file)).toEqual({ loaded: names, missing: [], unused: [] });
    expect([...(await loadModel(file, backend())).weights.keys()]).toEqual(names);
    expect([...(await loadModel(await model.save(), backend())).weights.keys()]).toEqual(names);
    for (const each of [model, other]) each.dispose();
  });

  test("weights come from a checkpoint of an optimizer of one's own", async () => {
    class Signs extends Optimizer {
      constructor() {
        super("Signs", { learningRate: 0.01 });
      }
      protected override startWeight(name: string, { shape }: Variable): void {
        this.keep(`last.${name}`, shape);
      }
      protected override update(parameters: readonly Parameter[]): void {
        for (const { name, variable, gradient } of parameters) {
          this.kept(`last.${name}`).assign(gradient);
          variable.assign(add(variable.value, mul(gradient, gradient.backend.full([], -0.1))));
        }
      }
    }
    const model = smallModel(backend()).compile({ optimizer: new Signs(), loss: "softmaxCrossEntropy" });
    await model.fit(bars(16, 1));
    const file = await model.checkpoint();
    expect([...file.tensors.keys()]).toContain("signs.last.dense.kernel");
    const other = smallModel(backend(), 2);
    expect(other.loadWeights(file).unused).toEqual([]);
    expect(await weightsOf(other)).toEqual(await weightsOf(model));
    for (const each of [model, other]) each.dispose();
  });

  test("restoring checks everything first, and then nothing has changed", async () => {
    const model = smallModel(backend());
    const file = await model.checkpoint();
    const before = await weightsOf(model);
    const memory = backend().memory().tensors;
    const changed = (name: string, tensor: object): unknown => ({
      ...file,
      tensors: new Map<string, object>([...file.tensors, [name, tensor]]),
    });
    const refuse = (given: unknown, error: typeof OptionError | typeof ShapeError | typeof FileFormatError) =>
      expect(() => model.restore(wrong(given))).toThrow(error);
    refuse(undefined, OptionError);
    refuse({ tensors: new Map(), metadata: {} }, OptionError);
    refuse(changed("dense.kernel", { shape: [36, 2], data: new Float32Array(3) }), ShapeError);
    refuse(changed("dense.kernel", { shape: [2, 36], data: new Float32Array(72) }), ShapeError);
    refuse(changed("dense.kernel", { shape: [36, 2], data: ["1"] }), OptionError);
    refuse(changed("adam.m.dense.kernl", { shape: [1], data: new Float32Array(1) }), OptionError);
    refuse({ ...file, metadata: { ...file.metadata, progress: "{" } }, FileFormatError);
    refuse({ ...file, metadata: { ...file.metadata, progress: '{"steps":1}' } }, FileFormatError);
    refuse(await model.save(), OptionError);
    const wider = new Sequential([...smallLayers().slice(0, -1), new Dense({ units: 2, activation: "relu" })]);
    wider.build(backend(), { inputShape: [8, 8, 1] }).compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    expect(() => wider.restore(file)).toThrow("another architecture");
    const sgd = smallModel(backend()).compile({ optimizer: new SGD({ momentum: 0.5 }), loss: "softmaxCrossEntropy" });
    expect(() => sgd.restore(file)).toThrow("made with Adam, and this model is compiled with SGD");
    expect(await weightsOf(model)).toEqual(before);
    for (const each of [wider, sgd]) each.dispose();
    expect(backend().memory().tensors).toBe(memory);
    model.dispose();
  });

  test("loads weights alone: from a checkpoint, renamed, or those that fit", async () => {
    const trained = smallModel(backend());
    await trained.fit(bars(16, 1));
    const file = await trained.checkpoint();
    const fresh = new Sequential(smallLayers()).build(backend(), { inputShape: [8, 8, 1], seed: 7 });
    const { loaded, missing, unused } = fresh.loadWeights(file);
    expect([loaded, missing, unused]).toEqual([[...fresh.weights.keys()], [], []]);
    expect(await weightsOf(fresh)).toEqual(await weightsOf(trained));
    const head = new Sequential([...smallLayers().slice(0, -1), new Dense({ units: 3, name: "head" })]);
    head.build(backend(), { inputShape: [8, 8, 1], seed: 7 });
    expect(() => head.loadWeights(file)).toThrow('"head.kernel" may be "dense.kernel"');
    expect(() => head.loadWeights(file, { rename: { dense: "head" } })).toThrow(ShapeError);
    const partly = head.loadWeights(file, { strict: false });
    expect([partly.missing, partly.unused]).toEqual([
      ["head.kernel", "head.bias"],
      ["dense.kernel", "dense.bias"],
    ]);
    expect((await weightsOf(head))["conv2d.kernel"]).toEqual((await weightsOf(trained))["conv2d.kernel"]);
    for (const each of [trained, fresh, head]) each.dispose();
  });

  test("reads files of version 0.1", async () => {
    const model = new Sequential([new BatchNormalization(), new Flatten(), new Dense({ units: 1 })]);
    model.build(backend(), { inputShape: [1, 1, 2] }).compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const of = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
    const tensors = {
      "batch_norm.gamma": of(1, 2),
      "batch_norm.beta": of(3, 4),
      "batch_norm.movingMean": of(5, 6),
      "batch_norm.movingVariance": of(7, 8),
      "dense.kernel": { shape: [2, 1], data: Float32Array.of(9, 10) },
      "dense.bias": of(11),
      step: { shape: [], data: Float32Array.of(12) },
    };
    model.restore({ tensors, metadata: { format: "webgpu-cnn model 1", step: "12", seed: "0", optimizer: "{}" } });
    expect(model.stepsDone).toBe(12);
    expect((await weightsOf(model))["batch_normalization.movingVariance"]).toEqual([7, 8]);
    model.dispose();
  });
});

describe("weights of PyTorch", () => {
  test("a state_dict gives the outputs that PyTorch computed", async () => {
    // nn.Sequential(Conv2d(2, 3, 3), BatchNorm2d(3), ReLU, MaxPool2d(2), ConvTranspose2d(3, 2, 2), Flatten, Linear(18, 4)).
    const backend = await createBackend({ kind: "cpu" });
    const model = new Sequential([
      new Conv2D({ filters: 3, kernelSize: 3 }),
      new BatchNormalization({ epsilon: 1e-5 }),
      new MaxPooling2D(),
      new Conv2DTranspose({ filters: 2, kernelSize: 2 }),
      new Flatten(),
      new Dense({ units: 4 }),
    ]).build(backend, { inputShape: [6, 6, 2] });
    const tensor = (shape: readonly number[], seed: number) => ({
      shape,
      data: randomValues(
        shape.reduce((size, extent) => size * extent, 1),
        seed,
      ),
    });
    const state = {
      "0.weight": tensor([3, 2, 3, 3], 1),
      "0.bias": tensor([3], 2),
      "1.weight": tensor([3], 3),
      "1.bias": tensor([3], 4),
      "1.running_mean": tensor([3], 5),
      "1.running_var": { shape: [3], data: Float32Array.of(1, 2, 3) },
      "1.num_batches_tracked": { shape: [], data: BigInt64Array.of(7n) },
      "3.weight": tensor([3, 2, 2, 2], 6),
      "3.bias": tensor([2], 7),
      "5.weight": tensor([4, 18], 8),
      "5.bias": tensor([4], 9),
    };
    const rename = { "0": "conv2d", "1": "batch_normalization", "3": "conv2d_transpose", "5": "dense" };
    const { unused, missing } = model.loadWeights({ tensors: state }, { pytorch: true, rename });
    expect([unused, missing]).toEqual([[], []]);
    // The image of PyTorch, [2, 6, 6], as [6, 6, 2].
    const image = randomValues(72, 10);
    const images = Float32Array.from({ length: 72 }, (_, i) => existing(image[(i % 2) * 36 + Math.floor(i / 2)]));
    const { data } = await model.predictAll({ images, shape: [1, 6, 6, 2] });
    expect([...data]).toEqual(byHand(state, image).map((value) => expect.closeTo(value, 4)));
    backend.destroy();
  });

  /** The same network in PyTorch's layouts, from the definitions. */
  function byHand(state: Readonly<Record<string, { readonly data: ArrayLike<number | bigint> }>>, image: Float32Array) {
    const at = (name: string, i: number) => Number(existing(state[name]).data[i]);
    const range = (count: number) => Array.from({ length: count }, (_, i) => i);
    const conv = range(3).map((k) =>
      range(4).map((y) =>
        range(4).map((x) => {
          let sum = at("0.bias", k);
          for (const c of range(2))
            for (const r of range(3))
              for (const s of range(3)) {
                sum += existing(image[c * 36 + (y + r) * 6 + x + s]) * at("0.weight", ((k * 2 + c) * 3 + r) * 3 + s);
              }
          const scale = at("1.weight", k) / Math.sqrt(at("1.running_var", k) + 1e-5);
          return (sum - at("1.running_mean", k)) * scale + at("1.bias", k);
        }),
      ),
    );
    const pooled = conv.map((plane) =>
      range(2).map((y) =>
        range(2).map((x) => Math.max(...range(4).map((i) => existing(plane[2 * y + (i >> 1)]?.[2 * x + (i & 1)])))),
      ),
    );
    const up = range(2).map((o) => range(9).map(() => at("3.bias", o)));
    for (const c of range(3))
      for (const o of range(2))
        for (const y of range(2))
          for (const x of range(2))
            for (const r of range(2))
              for (const s of range(2)) {
                const plane = existing(up[o]);
                const value = existing(pooled[c]?.[y]?.[x]) * at("3.weight", ((c * 2 + o) * 2 + r) * 2 + s);
                plane[(y + r) * 3 + x + s] = existing(plane[(y + r) * 3 + x + s]) + value;
              }
    const flat = up.flat();
    return range(4).map((unit) =>
      flat.reduce((sum, value, i) => sum + value * at("5.weight", unit * 18 + i), at("5.bias", unit)),
    );
  }
});
