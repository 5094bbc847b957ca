import { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend, DisposedError, mul, OptionError, type Tensor, type Variable } from "webgpu-cnn";
import { kerasLayers } from "webgpu-cnn/keras";
import {
  Activation,
  Add,
  BatchNormalization,
  type BuildScope,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  Dense,
  type ExampleShape,
  Flatten,
  GlobalAveragePooling2D,
  type GraphTensors,
  GroupNormalization,
  input,
  Layer,
  LayerNormalization,
  MaxPooling2D,
  Model,
  Multiply,
  Reshape,
  Residual,
  Sequential,
  UpSampling2D,
} from "webgpu-cnn/nn";
import { type ExportOnnxOptions, exportOnnx } from "webgpu-cnn/onnx";
import { existing } from "../../../src/core/objects.js";
import { BUILT_IN_LAYERS } from "../../../src/nn/files/builtInLayers.js";
import { exporterOf } from "../../../src/onnx/export/layers/table.js";
import { loadSchema } from "../../../src/onnx/format/schema.js";
import { expectError, rejectionOf, wrong } from "../../support/refusals.js";
import { build, difference, randomTensor, scatter } from "../support/models.js";
import { channelsFirst, runOnnx } from "../support/runtime.js";

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "cpu" });
});
afterAll(() => backend?.destroy());

/** The graph that a file holds. */
async function graphOf(model: Model<GraphTensors>, options?: ExportOnnxOptions) {
  const { decode } = await loadSchema();
  return existing(decode(await exportOnnx(model, options)).graph);
}

async function operatorsOf(model: Model<GraphTensors>, options?: ExportOnnxOptions): Promise<readonly string[]> {
  return (await graphOf(model, options)).node.map(({ opType }) => opType);
}

const conv = (filters: number, strides = 1) =>
  new Conv2D({ filters, kernelSize: 3, strides, padding: "same", activation: "relu" });

function lenet(): Sequential {
  const layers = [conv(4), new MaxPooling2D(), conv(6), new MaxPooling2D(), new Flatten(), new Dense({ units: 10 })];
  return new Sequential(layers).build(backend, { inputShape: [12, 8, 1], seed: 3 });
}

function resnet(): Sequential {
  const block = (filters: number, strides: number) =>
    new Residual({
      layers: [
        conv(filters, strides),
        new BatchNormalization(),
        new GroupNormalization({ groups: 2 }),
        new LayerNormalization(),
      ],
      shortcut: [new Conv2D({ filters, kernelSize: 1, strides })],
    });
  const layers = [conv(4), block(4, 1), block(8, 2), new Dense({ units: 6 }), new GlobalAveragePooling2D()];
  return new Sequential([...layers, new Dense({ units: 5, activation: "softmax" })]).build(backend, {
    inputShape: [8, 8, 3],
  });
}

function unet(): Model {
  const x = input([null, null, 3], { name: "image" });
  const down = conv(4).apply(x);
  const up = new UpSampling2D({ interpolation: "bilinear" }).apply(conv(6).apply(new MaxPooling2D().apply(down)));
  const back = new Conv2DTranspose({ filters: 3, kernelSize: 2, strides: 2 }).apply(
    new MaxPooling2D().apply(new Concatenate().apply([down, up])),
  );
  return new Model({ inputs: x, outputs: back }).build(backend);
}

describe("a file holds no transposes where layers need none", () => {
  test.each([
    ["a LeNet", lenet, [12, 8, 1]],
    ["a ResNet with normalizations", resnet, [8, 8, 3]],
    ["a U-Net of any extents", unet, [6, 10, 3]],
  ] as const)("%s", async (_, make, shape) => {
    const model = make();
    scatter(model, 5);
    const operators = await operatorsOf(model);
    expect(operators).not.toContain("Transpose");
    expect(operators).not.toContain("Gather");
    expect(await difference(backend, model, [shape])).toBeLessThan(1e-5);
    model.dispose();
  });

  test("features of several images after Flatten", async () => {
    const x = input([4, 6, 3]);
    const flat = (filters: number) => new Flatten().apply(new Conv2D({ filters, kernelSize: 2 }).apply(x));
    const [a, b, c] = [flat(2), flat(2), flat(5)];
    const sum = new Activation("softmax").apply(new Multiply().apply([new BatchNormalization().apply(a), b]));
    const joined = new LayerNormalization().apply(new Concatenate({ axis: 1 }).apply([sum, c, a]));
    const model = new Model({ inputs: x, outputs: new Dense({ units: 3 }).apply(joined) }).build(backend);
    scatter(model, 6);
    expect(await operatorsOf(model)).not.toContain("Gather");
    expect(await difference(backend, model, [[4, 6, 3]])).toBeLessThan(1e-5);
    model.dispose();
  });

  test("one transpose at each end for channels last", async () => {
    const model = new Sequential([conv(2), conv(3)]).build(backend, { inputShape: [5, 5, 2] });
    expect(await operatorsOf(model, { layout: "nhwc" })).toEqual([
      "Transpose",
      "Conv",
      "Relu",
      "Conv",
      "Relu",
      "Transpose",
    ]);
    model.dispose();
  });
});

describe("ONNX Runtime gives the same for", () => {
  test("values whose axes or features lie in different orders", async () => {
    const x = input([4, 3, 2]);
    const y = conv(2).apply(x);
    const turned = new Reshape({ targetShape: [4, 3, 2] }).apply(new Flatten().apply(y));
    const rows = new Reshape({ targetShape: [-1, 2] }).apply(y);
    const outputs = {
      images: new Add().apply([y, turned, x]),
      joined: new Concatenate({ axis: -2 }).apply([turned, y]),
      rows: new BatchNormalization().apply(new LayerNormalization().apply(rows)),
      broadcast: new Multiply().apply([new Dense({ units: 2 }).apply(rows), rows]),
      features: new Add().apply([new Flatten().apply(y), new Flatten().apply(rows)]),
      flat: new Flatten().apply(y),
    };
    const model = new Model({ inputs: x, outputs }).build(backend);
    scatter(model, 7);
    for (const layout of ["nchw", "nhwc"] as const) {
      expect(await difference(backend, model, [[4, 3, 2]], { options: { layout } })).toBeLessThan(1e-5);
    }
    model.dispose();
  });

  test("outputs that are inputs, and one value under two names", async () => {
    const [x, y] = [input([3], { name: "a" }), input([3], { name: "b" })];
    const sum = new Add({ name: "sum" }).apply([x, y]);
    const model = new Model({ inputs: { x, y }, outputs: { y: sum, again: sum, same: x } }).build(backend);
    expect(await difference(backend, model, [[3], [3]])).toBe(0);
    const { output } = await graphOf(model);
    // The name "y" is that of an input.
    expect(output.map(({ name }) => name)).toEqual(["y_1", "again", "same"]);
    model.dispose();
  });

  test("a layer that is used twice: its kernel is in the file once", async () => {
    const shared = new Conv2D({ filters: 2, kernelSize: 3, padding: "same", name: "shared" });
    const model = new Sequential([shared, shared]).build(backend, { inputShape: [4, 4, 2] });
    const { initializer } = await graphOf(model);
    expect(initializer.map(({ name }) => name).sort()).toEqual(["shared.bias", "shared.kernel"]);
    expect(await difference(backend, model, [[4, 4, 2]])).toBeLessThan(1e-5);
    model.dispose();
  });

  test("any number of examples, or the one that was asked for", async () => {
    const model = lenet();
    for (const batch of [1, 3]) expect(await difference(backend, model, [[12, 8, 1]], { batch })).toBeLessThan(1e-5);
    expect(await difference(backend, model, [[12, 8, 1]], { batch: 3, options: { batch: 3 } })).toBeLessThan(1e-5);
    const file = await exportOnnx(model, { batch: 3 });
    const x = channelsFirst(randomTensor([2, 12, 8, 1], 1));
    expect(String(await rejectionOf(() => runOnnx(file, { input: x })))).toMatch(/Got: 2 Expected: 3/);
    model.dispose();
  });

  test("float16 kernels, as near as their rounding, in half the bytes", async () => {
    const model = new Sequential([conv(16), conv(32), new Flatten(), new Dense({ units: 40 })]);
    model.build(backend, { inputShape: [6, 6, 3] });
    const [whole, half] = [await exportOnnx(model), await exportOnnx(model, { weights: "float16" })];
    expect(half.length).toBeLessThan(0.55 * whole.length);
    const off = await difference(backend, model, [[6, 6, 3]], { options: { weights: "float16" } });
    expect(off).toBeGreaterThan(1e-6);
    expect(off).toBeLessThan(2e-3);
    // Kernels that float16 holds exactly give the same.
    for (const [, variable] of model.weights) {
      variable.write((await variable.read()).map((value) => Math.round(value * 64) / 64));
    }
    const rounded = await difference(backend, model, [[6, 6, 3]], { options: { weights: "float16" } });
    expect(rounded).toBeLessThan(1e-5);
    model.dispose();
  });
});

test("inputs and outputs have names, and names for the extents that vary", async () => {
  const image = unet();
  const session = await InferenceSession.create(await exportOnnx(image));
  expect(session.inputMetadata).toEqual([
    { name: "image", isTensor: true, type: "float32", shape: ["batch", 3, "height", "width"] },
  ]);
  expect(session.outputMetadata).toMatchObject([
    { name: "conv2d_transpose", shape: ["batch", 3, "conv2d_transpose_height", "conv2d_transpose_width"] },
  ]);
  await session.release();
  const nhwc = await InferenceSession.create(await exportOnnx(image, { layout: "nhwc", batch: 4 }));
  expect(nhwc.inputMetadata).toMatchObject([{ shape: [4, "height", "width", 3] }]);
  await nhwc.release();
  image.dispose();
});

test("every layer of this library has an ONNX form", () => {
  const classes = [...BUILT_IN_LAYERS, ...Object.entries(kerasLayers)];
  const without = classes.filter(([, { prototype }]) => !exporterOf(Object.create(prototype)));
  expect(without.map(([name]) => name)).toEqual([]);
});

/** A layer of a user: a weight for each channel. */
class Gain extends Layer {
  #factor: Variable | undefined;

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    this.#factor = scope.weight("factor", [inputShape.at(-1) ?? 1], "ones");
  }

  override call(x: Tensor): Tensor {
    return mul(x, existing(this.#factor).value);
  }
}

class Twice extends Layer {
  override call(x: Tensor): Tensor {
    return mul(x, x.backend.full([], 2));
  }
}

class OwnDense extends Dense {}

describe("own layers", () => {
  const layers = () => [
    conv(2),
    new Gain(),
    new Residual({ layers: [new Twice()] }),
    conv(2),
    new Flatten(),
    new Gain(),
    new OwnDense({ units: 2 }),
  ];

  test("are named all at once if they have no ONNX form", async () => {
    const model = new Sequential(layers()).build(backend, { inputShape: [3, 3, 1] });
    expectError(
      await rejectionOf(() => exportOnnx(model)),
      OptionError,
      "exportOnnx: no ONNX form is known for gain (class Gain), residual.twice (class Twice), gain_1 (class Gain), dense (class OwnDense); give it: { layers: { Gain: (scope, layer, inputs) => …, Twice: (scope, layer, inputs) => …, OwnDense: (scope, layer, inputs) => … } }",
    );
    model.dispose();
  });

  test("have the ONNX form that is given", async () => {
    const model = new Sequential(layers().slice(0, -1)).build(backend, { inputShape: [3, 3, 1] });
    scatter(model, 9);
    for (const [name, variable] of model.weights) {
      if (name.endsWith("factor")) variable.write(randomTensor(variable.shape, 3).data);
    }
    const options: ExportOnnxOptions = {
      layers: {
        Gain: (scope, layer, [x]) =>
          scope.node("Mul", [scope.channelsLast(existing(x)), scope.weight(layer, "factor")]),
        Twice: (scope, _, [x]) => scope.node("Mul", [x, scope.constant(Float32Array.of(2), [])]),
      },
    };
    expect(await difference(backend, model, [[3, 3, 1]], { options })).toBeLessThan(1e-5);
    model.dispose();
  });
});

describe("exportOnnx refuses", () => {
  test("models that are not built, or were disposed of, or are none", async () => {
    const model = new Sequential([new Dense({ units: 1 })]);
    const unbuilt = "exportOnnx: build the model first: model.build(backend, { … })";
    expectError(await rejectionOf(() => exportOnnx(model)), OptionError, unbuilt);
    build(backend, model, [2]);
    model.dispose();
    const disposed = "exportOnnx: the model was disposed of; build it again, or make another";
    expectError(await rejectionOf(() => exportOnnx(model)), DisposedError, disposed);
    for (const [what, shown] of [
      [undefined, "undefined"],
      [new Dense({ units: 1 }), "a Dense"],
      ["model.onnx", '"model.onnx"'],
    ] as const) {
      const message = `exportOnnx: model is ${shown}, expected a built Model or Sequential`;
      expectError(await rejectionOf(() => exportOnnx(wrong<Model>(what))), OptionError, message);
    }
  });

  test.each<readonly [message: string, options: unknown]>([
    ["exportOnnx: options must be an object such as { batch: … }, got 17", 17],
    ["exportOnnx: unknown option opSet; did you mean opset?", { opSet: 17 }],
    ['exportOnnx: batch is 0, expected "dynamic" or an integer ≥ 1', { batch: 0 }],
    ['exportOnnx: batch is "any", expected "dynamic" or an integer ≥ 1', { batch: "any" }],
    ['exportOnnx: layout is "NCHW", expected "nchw" or "nhwc"; did you mean "nchw"?', { layout: "NCHW" }],
    [
      'exportOnnx: weights is "float64", expected "float32" or "float16"; did you mean "float32"?',
      { weights: "float64" },
    ],
    ["exportOnnx: opset is 13, expected an integer from 17 to 24", { opset: 13 }],
    [
      "exportOnnx: layers is an object, expected an object of functions, such as { MyLayer: (scope, layer, inputs) => … }",
      { layers: { Gain: 1 } },
    ],
  ])("%s", async (message, options) => {
    const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [2] });
    expectError(await rejectionOf(() => exportOnnx(model, wrong<ExportOnnxOptions>(options))), OptionError, message);
    model.dispose();
  });

  test("values that float16 cannot hold, and forms of own layers that give none", async () => {
    const model = new Sequential([new Dense({ units: 1 }), new Twice()]).build(backend, { inputShape: [1] });
    model.weights.get("dense.kernel")?.write(Float32Array.of(65520));
    const wide =
      'exportOnnx: weights is "float16", but dense.kernel has the value 65520, more than float16 can hold (65504); use "float32"';
    expectError(await rejectionOf(() => exportOnnx(model, { weights: "float16" })), OptionError, wide);
    const layers = wrong<ExportOnnxOptions["layers"]>({ Twice: () => 3 });
    const form = "exportOnnx: the ONNX form of Twice gave 3, expected what scope.node(…) gives";
    expectError(await rejectionOf(() => exportOnnx(model, { layers })), OptionError, form);
    model.dispose();
  });
});
