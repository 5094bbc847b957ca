import { describe, expect, test } from "vitest";
import { createBackend, FileFormatError, mul, OptionError, ShapeError, type Tensor, type Variable } from "webgpu-cnn";
import { kerasLayers, loadTfjs, readTfjsWeights } from "webgpu-cnn/keras";
import {
  type BuildScope,
  Conv2D,
  type ExampleShape,
  type GraphTensors,
  Layer,
  loadModel,
  Sequential,
} from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { describeOnEachBackend } from "../support/backends.js";
import { expectRejection, wrong } from "../support/refusals.js";
import { isFull, sampledCases } from "../support/sampling.js";
import { expectOutputs, expectSaved, expectTraining } from "./support/judge.js";
import { fileOf, STORED, type StoredModel, textOf } from "./support/stored.js";
import { float32, from, functional, inputLayer, layer, sequential, tfjsFiles } from "./support/tfjsFiles.js";

const filesOf = async (stored: StoredModel) => ({
  modelJson: await textOf(stored, "modelJson"),
  weights: await fileOf(stored, "shard"),
});

describeOnEachBackend("models of TensorFlow.js", (backend) => {
  test.each(sampledCases(STORED))(
    "$name gives Keras's numbers, also after it is saved, and trains as in Keras",
    async (stored) => {
      const before = backend().memory();
      const model = await loadTfjs<GraphTensors>(await filesOf(stored), backend());
      await expectOutputs(backend(), model, stored);
      await expectSaved(backend(), model, stored);
      // The kernels of a training take long to compile.
      if (isFull || backend().kind !== "webgpu" || stored.name === "nested") await expectTraining(model, stored);
      model.dispose();
      expect(backend().memory().tensors).toBe(before.tensors);
    },
  );
});

const dense = (options: object = {}) => layer("Dense", { name: "dense", units: 2, use_bias: false, ...options });
const kernel = float32("dense/kernel", [3, 2], [1, 2, 3, 4, 5, 6]);
const ones = [1, 1, 1];

describe("layers models", () => {
  const opened = createBackend({ kind: "cpu" });

  /** What a model of one input of three numbers gives for ones. */
  const outputFor = async (files: Parameters<typeof loadTfjs>[0], options: Parameters<typeof loadTfjs>[2] = {}) => {
    const backend = await opened;
    const model = await loadTfjs(files, backend, options);
    const x = backend.tensor(Float32Array.from(ones), [1, 3]);
    const y = model.predict(x);
    const output = [...(await y.read())];
    for (const each of [x, y, model]) each.dispose();
    return output;
  };

  const refused = async (
    error: typeof OptionError | typeof FileFormatError | typeof ShapeError,
    message: RegExp,
    files: unknown,
    options?: Parameters<typeof loadTfjs>[2],
  ) => {
    const backend = await opened;
    await expectRejection(backend, error, message, () => loadTfjs(wrong(files), backend, options));
  };

  const chain = sequential(inputLayer("in", 3), dense());

  test("take shards by path, by name, joined, in a list, and JSON as text", async () => {
    const { modelJson, weights } = tfjsFiles(chain, [kernel]);
    const [group] = modelJson.weightsManifest;
    const two = { ...modelJson, weightsManifest: [{ ...group, paths: ["a/b.bin", "c.bin"] }] };
    const [first, second] = [weights.slice(0, 10), weights.slice(10)];
    const forms = [
      { modelJson, weights },
      { modelJson: JSON.stringify(modelJson), weights: weights.slice().buffer },
      { modelJson: two, weights: [first, second.slice().buffer] },
      { modelJson: two, weights: { "a/b.bin": first, "c.bin": second } },
      { modelJson: two, weights: { "b.bin": first, "c.bin": second } },
      {
        modelJson: two,
        weights: wrong<Record<string, Uint8Array>>(
          new Map([
            ["a/b.bin", first],
            ["c.bin", second],
          ]),
        ),
      },
    ];
    for (const files of forms) expect(await outputFor(files)).toEqual([9, 12]);
  });

  test("take weights of all types, quantized ones as tfjs-converter defines them", async () => {
    const stored = (dtype: string, bytes: ArrayBuffer, quantization?: object) =>
      tfjsFiles(chain, [{ ...kernel, dtype, bytes: new Uint8Array(bytes), ...(quantization && { quantization }) }]);
    const halves = Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600).buffer;
    const numbers = [1, 2, 3, 4, 5, 6];
    const cases = [
      stored("float16", halves),
      stored("float32", halves, { dtype: "float16", original_dtype: "float32" }),
      stored("int32", Int32Array.from(numbers).buffer),
      stored("float32", Uint8Array.of(0, 1, 2, 3, 4, 5).buffer, { dtype: "uint8", scale: 1, min: 1 }),
      stored("float32", Uint16Array.of(0, 500, 1000, 1500, 2000, 2500).buffer, {
        dtype: "uint16",
        scale: 0.002,
        min: 1,
      }),
      stored("int32", Uint8Array.of(0, 1, 2, 3, 4, 5).buffer, { dtype: "uint8", scale: 1.01, min: 0.98 }),
    ];
    for (const files of cases) expect(await outputFor(files)).toEqual([9, 12]);
    await refused(OptionError, /the weight "dense\/kernel" has the type "string"/, stored("string", halves));
  });

  test("leave out the optimizer's weights, and take one network in another with equal names", async () => {
    const inner = {
      ...functional(
        [inputLayer("in", 3), dense()].map((each, i) => (i === 1 ? { ...each, inbound_nodes: [from("in")] } : each)),
        ["in"],
        ["dense"],
      ),
      name: "inside",
    };
    const inside = { ...inner, config: { ...inner.config, name: "inside" }, inbound_nodes: [from("x")] };
    const outer = functional(
      [inputLayer("x", 3), inside, { ...dense(), inbound_nodes: [[["inside", 1, 0, {}]]] }],
      ["x"],
      ["dense"],
    );
    const second = float32("dense/kernel", [2, 2], [1, 0, 0, 10]);
    const state = { ...float32("Adam/dense/kernel/m", [3, 2], [0, 0, 0, 0, 0, 0]), group: "optimizer" };
    const first = { ...kernel, name: "inside/dense/kernel" };
    expect(await outputFor(tfjsFiles(outer, [second, state, first]))).toEqual([9, 120]);
    expect(await outputFor(tfjsFiles(outer, [first, second]))).toEqual([9, 120]);
  });

  test("call a sequential model inside, in Keras 2's count and in Keras 3's", async () => {
    const inside = { ...sequential(inputLayer("in", 3), dense()), name: "chain" };
    for (const call of [0, 1]) {
      const model = functional(
        [
          inputLayer("x", 3),
          { ...inside, inbound_nodes: [from("x")] },
          layer("Activation", { name: "twice", activation: "relu" }, [["chain", call, 0, {}]]),
        ],
        ["x"],
        ["twice"],
      );
      expect(await outputFor(tfjsFiles(model, [kernel]))).toEqual([9, 12]);
    }
  });

  test("hard_sigmoid has the slope of the version that wrote the file", async () => {
    const files = (version: string) =>
      tfjsFiles(
        sequential(inputLayer("in", 3), layer("Activation", { name: "a", activation: "hard_sigmoid" })),
        [],
        version,
      );
    expect(await outputFor(files("2.10.0"))).toEqual([0.7, 0.7, 0.7].map(Math.fround));
    expect(await outputFor(files("tfjs-layers 4.22.0"))).toEqual([0.7, 0.7, 0.7].map(Math.fround));
    const [y = 0] = await outputFor(files("3.15.1"));
    expect(y).toBeCloseTo(4 / 6, 6);
  });

  test("ESRGAN's layers of UpscalerJS load by themselves", async () => {
    const backend = await opened;
    const net = sequential(
      inputLayer("in", 2, 2, 4),
      layer("MultiplyBeta", { name: "b" }),
      layer("PixelShuffle2x", { name: "p" }),
    );
    const model = await loadTfjs(tfjsFiles(net, []), backend);
    const x = backend.tensor(
      Float32Array.from({ length: 16 }, (_, i) => 5 * i),
      [1, 2, 2, 4],
    );
    const y = model.predict(x);
    expect(y.shape).toEqual([1, 4, 4, 1]);
    const expected = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15];
    expect([...(await y.read())].map(Math.round)).toEqual(expected);
    for (const each of [x, y, model]) each.dispose();
  });

  test("classes of the caller's get the options in camel case, and their weights", async () => {
    class ScaleBy extends Layer {
      #factor: Variable | undefined;
      constructor(private readonly options: { readonly startValue: number }) {
        super();
      }
      override build(scope: BuildScope, inputShape: ExampleShape): void {
        this.#factor = scope.weight("scaleFactor", [inputShape.at(-1) ?? 1], "ones");
      }
      override call(x: Tensor): Tensor {
        return mul(mul(x, existing(this.#factor).value), x.backend.full([], this.options.startValue));
      }
      override config() {
        return { startValue: this.options.startValue };
      }
    }
    const net = sequential(
      inputLayer("in", 3),
      layer("Custom>ScaleBy", { name: "s", start_value: 2, trainable: false }),
    );
    const files = tfjsFiles(net, [float32("s/scale_factor", [3], [1, 2, 3])]);
    expect(await outputFor(files, { layers: { ScaleBy } })).toEqual([2, 4, 6]);
    const backend = await opened;
    const model = await loadTfjs(files, backend, { layers: { ScaleBy } });
    expect([...model.trainableWeights.keys()]).toEqual([]);
    const again = await loadModel(await model.save(), backend, { layers: { ...kerasLayers, ScaleBy } });
    expect([...again.weights.keys()]).toEqual(["s.scaleFactor"]);
    for (const each of [model, again]) each.dispose();
    await refused(OptionError, /the file lacks the weight scaleFactor of "s"/, tfjsFiles(net, []), {
      layers: { ScaleBy },
    });
    await refused(
      ShapeError,
      /s\.scaleFactor is \[2\] in the file, expected \[3\]/,
      tfjsFiles(net, [float32("s/scale_factor", [2], [1, 2])]),
      { layers: { ScaleBy } },
    );
  });

  test("functions of TensorFlow between layers: a quotient and a sign", async () => {
    const backend = await opened;
    const call = (name: string, of: string, named: object) =>
      layer("TFOpLambda", { name, function: `math.${name}` }, [[of, 0, 0, named]].flat());
    const net = functional(
      [inputLayer("in", 2), call("truediv", "in", { y: 4, name: null }), call("negative", "truediv", {})],
      ["in"],
      ["negative"],
    );
    const model = await loadTfjs(tfjsFiles(net, []), backend);
    const x = backend.tensor([6, -2], [1, 2]);
    const y = model.predict(x);
    expect([...(await y.read())]).toEqual([-1.5, 0.5]);
    for (const each of [x, y, model]) each.dispose();
  });

  test("an empty noise shape is a malformed file", async () => {
    const net = sequential(inputLayer("in", 3), layer("Dropout", { name: "d", rate: 0.5, noise_shape: [] }));
    await refused(FileFormatError, /noise_shape is \[\], expected an extent or null for each axis/, tfjsFiles(net, []));
  });

  test("bilinear images are those of the library that trained the model", async () => {
    const backend = await opened;
    const net = sequential(
      inputLayer("in", 1, 2, 1),
      layer("UpSampling2D", { name: "u", size: [1, 2], interpolation: "bilinear", data_format: "channels_last" }),
    );
    for (const [version, row] of [
      ["tfjs-layers 4.22.0", [1, 2, 3, 3]],
      ["2.10.0", [1, 1.5, 2.5, 3]],
      ["3.15.1", [1, 1.5, 2.5, 3]],
    ] as const) {
      const model = await loadTfjs(tfjsFiles(net, [], version), backend);
      const again = await loadModel(await model.save(), backend, { layers: kerasLayers });
      const x = backend.tensor([1, 3], [1, 1, 2, 1]);
      const outputs = [model.predict(x), again.predict(x)];
      for (const y of outputs) expect([...(await y.read())]).toEqual(row);
      for (const each of [x, ...outputs, model, again]) each.dispose();
    }
  });

  test("one error names all that cannot be expressed", async () => {
    const net = sequential(
      inputLayer("in", 8, 8, 3),
      layer("Conv2D", { name: "c", filters: 2, kernel_size: 3, data_format: "channels_first", padding: "causal" }),
      layer("Lambda", { name: "l", function: "x" }),
      layer("ReLU", { name: "r", threshold: 1 }),
      layer("Dropout", { name: "d", rate: 0.5, noise_shape: [1, 2], surprise: 7 }),
      layer("Activation", { name: "a", activation: "glu" }),
    );
    await refused(
      OptionError,
      /^loadTfjs: the model cannot be expressed: "c" \(Conv2D\): data_format is "channels_first", expected "channels_last"; "c" \(Conv2D\): padding is "causal", expected "valid" or "same"; "l" \(Lambda\): its class is not known; "r" \(ReLU\): threshold is 1, expected 0; "d" \(Dropout\): its option surprise = 7 is not known; "a" \(Activation\): its activation "glu" is not known\. Give layers of your own: \{ layers: \{ Lambda \} \}$/,
      tfjsFiles(net, []),
    );
    const norm = sequential(inputLayer("in", 8, 8, 3), layer("BatchNormalization", { name: "n", axis: [1] }));
    const weights = ["gamma", "beta", "moving_mean", "moving_variance"].map((name) => float32(`n/${name}`, [3], ones));
    await refused(
      OptionError,
      /"n" \(BatchNormalization\): axis is 1, expected the last of 4 axes/,
      tfjsFiles(norm, weights),
    );
  });

  test("wrong weights, malformed files and other kinds of files are refused, and leave nothing behind", async () => {
    const { modelJson, weights } = tfjsFiles(chain, [kernel]);
    const files = (topology: unknown) => ({ modelJson: { ...modelJson, modelTopology: topology }, weights });
    await refused(OptionError, /graph model/, { modelJson: { format: "graph-model" }, weights });
    await refused(OptionError, /the file lacks the weights "dense\/kernel"/, tfjsFiles(chain, []));
    await refused(
      OptionError,
      /weights that no layer takes: "more"/,
      tfjsFiles(chain, [kernel, { ...kernel, name: "more" }]),
    );
    await refused(
      ShapeError,
      /dense\.kernel is \[2, 3\] in the file, expected \[3, 2\]/,
      tfjsFiles(chain, [{ ...kernel, shape: [2, 3] }]),
    );
    await refused(FileFormatError, /weights has 23 bytes, expected at least 24/, {
      modelJson,
      weights: weights.subarray(1),
    });
    await refused(OptionError, /weights has no "group1-shard1of1\.bin"/, { modelJson, weights: { other: weights } });
    await refused(OptionError, /weights is 7/, { modelJson, weights: 7 });
    await refused(OptionError, /unknown option files\.weight; did you mean weights/, { modelJson, weight: weights });
    await refused(FileFormatError, /modelJson is not JSON/, { modelJson: "{", weights });
    await refused(OptionError, /modelJson is undefined/, { weights });
    await refused(FileFormatError, /modelTopology.class_name is undefined, expected a text/, files({}));
    await refused(
      OptionError,
      /the model is a MyModel, expected a Sequential or Functional/,
      files({ class_name: "MyModel", config: {} }),
    );
    await refused(
      FileFormatError,
      /two layers have the name "dense"/,
      files(sequential(inputLayer("in", 3), dense(), dense())),
    );
    await refused(OptionError, /does not tell its input's shape/, files(sequential(dense())));
    await refused(FileFormatError, /has no layers/, files(sequential(inputLayer("in", 3))));
    const circle = functional(
      [inputLayer("x", 3), layer("Add", { name: "a" }, from("x", "b")), layer("ReLU", { name: "b" }, from("a"))],
      ["x"],
      ["b"],
    );
    await refused(FileFormatError, /output 0 of call 0 of "b" does not exist, or depends on itself/, files(circle));
    await refused(
      FileFormatError,
      /the layer "y", which the file lacks/,
      files(functional([inputLayer("x", 3)], ["y"], ["x"])),
    );
    let deep: object = sequential(inputLayer("in", 3));
    for (let i = 0; i < 40; i++) deep = sequential(deep);
    await refused(FileFormatError, /nested deeper than/, files(deep));
    const huge = sequential(inputLayer("in", 2 ** 40), dense());
    await refused(ShapeError, /dense\.kernel is \[3, 2\] in the file/, files(huge));
  });
});

describe("readTfjsWeights", () => {
  const quantized = {
    ...{ name: "conv/filters", shape: [1, 1, 2, 2], bytes: Uint8Array.of(0, 1, 2, 255) },
    quantization: { dtype: "uint8", scale: 0.5, min: -1 },
  };
  const state = { ...float32("Adam/m", [1], [7]), group: "optimizer" };
  const { modelJson, weights } = tfjsFiles(sequential(), [quantized, state, float32("conv/bias", [2], [3, 4])]);
  const manifest = modelJson.weightsManifest;

  test("gives the weights by name, in the manifest's shapes, without the optimizer's", () => {
    for (const given of [manifest, JSON.stringify(manifest)]) {
      const { tensors, metadata } = readTfjsWeights({ manifest: given, weights });
      expect([...tensors]).toEqual([
        ["conv/filters", { shape: [1, 1, 2, 2], data: Float32Array.of(-1, -0.5, 0, 126.5) }],
        ["conv/bias", { shape: [2], data: Float32Array.of(3, 4) }],
      ]);
      expect(metadata).toEqual({});
    }
  });

  test("gives what loadWeights takes", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const model = new Sequential([new Conv2D({ filters: 2, kernelSize: 1, name: "conv" })]);
    model.build(backend, { inputShape: [1, 1, 2] });
    const file = readTfjsWeights({ manifest, weights });
    const rename = { "conv/filters": "conv.kernel", "conv/bias": "conv.bias" };
    expect(model.loadWeights(file, { rename }).loaded).toEqual(["conv.kernel", "conv.bias"]);
    expect(await model.weights.get("conv.kernel")?.read()).toEqual(Float32Array.of(-1, -0.5, 0, 126.5));
    backend.destroy();
  });

  test("refuses what is no manifest, and shards that do not fit", () => {
    const refused = (error: typeof OptionError | typeof FileFormatError, message: RegExp, files: unknown) => {
      expect(() => readTfjsWeights(wrong(files))).toThrow(error);
      expect(() => readTfjsWeights(wrong(files))).toThrow(message);
    };
    refused(OptionError, /^readTfjsWeights: files\.manifest is an object, expected a list of groups/, {
      manifest: modelJson,
      weights,
    });
    refused(OptionError, /files\.manifest is required/, { weights });
    refused(OptionError, /weights is undefined/, { manifest });
    refused(OptionError, /unknown option files\.shards/, { manifest, weights, shards: 1 });
    refused(FileFormatError, /manifest is not JSON/, { manifest: "[", weights });
    refused(FileFormatError, /manifest\[0\]\.weights is 3, expected a list/, { manifest: [{ weights: 3 }], weights });
    refused(FileFormatError, /has 15 bytes, expected at least 16/, { manifest, weights: weights.subarray(1) });
    const twice = [{ ...manifest[0], weights: [manifest[0]?.weights[0], manifest[0]?.weights[0]] }];
    refused(FileFormatError, /two weights have the name "conv\/filters"/, { manifest: twice, weights });
  });
});
