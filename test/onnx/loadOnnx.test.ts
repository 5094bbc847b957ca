import { expect, test } from "vitest";
import { type Backend, FileFormatError, OptionError, ShapeError, type Tensor } from "webgpu-cnn";
import { Dense, type GraphTensors, loadModel, Model, Sequential } from "webgpu-cnn/nn";
import { exportOnnx, loadOnnx, OnnxOperator, onnxLayers } from "webgpu-cnn/onnx";
import { existing } from "../../src/core/objects.js";
import { describeOnEachBackend } from "../support/backends.js";
import attention from "./pytorch/attention.json" with { type: "json" };
import lenet from "./pytorch/lenet.json" with { type: "json" };
import residual from "./pytorch/residual.json" with { type: "json" };
import unet from "./pytorch/unet.json" with { type: "json" };
import { type FileContents, ints, onnxFile } from "./support/files.js";
import { outputsOf } from "./support/run.js";

const bytesOf = ({ model }: { readonly model: string }) =>
  Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0));

/** Numbers that look random. */
const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i));

/** The operators of a prediction. */
function operatorsOf(backend: Backend, model: Model<GraphTensors>, shape: readonly number[]): readonly string[] {
  const { operators } = backend.explain(() => outputsOf(model, [backend.zeros(shape)]));
  return operators.map(({ operator }) => operator);
}

async function valuesOf(backend: Backend, model: Model<GraphTensors>, x: Tensor): Promise<readonly Float32Array[]> {
  const outputs = outputsOf(model, [x]);
  const values = await Promise.all(outputs.map((output) => output.read()));
  for (const output of outputs) output.dispose();
  expect(backend.memory().tensors).toBeGreaterThan(0);
  return values;
}

describeOnEachBackend("loadOnnx", (backend) => {
  test("nothing is transposed inside a net of images", async () => {
    for (const [net, shape] of [
      [lenet, [2, 28, 28, 1]],
      [residual, [2, 12, 12, 3]],
      [unet, [1, 12, 16, 1]],
    ] as const) {
      const model = await loadOnnx(bytesOf(net), backend());
      expect(operatorsOf(backend(), model, shape)).not.toContain("transpose");
      model.dispose();
    }
  });

  test("nodes are layers of webgpu-cnn/nn, named after PyTorch's modules", async () => {
    const model = await loadOnnx(bytesOf(lenet), backend());
    expect(model.layers.map(({ className }) => className)).toEqual([
      "Conv2D",
      "MaxPooling2D",
      "Conv2D",
      "MaxPooling2D",
      "Flatten",
      "Dense",
      "Dense",
    ]);
    expect([...model.weights.keys()]).toContain("conv1.kernel");
    expect(model.inputNames).toEqual(["x"]);
    model.dispose();
  });

  test("layout nchw takes and gives images as the file does", async () => {
    const { x, y } = unet.cases[0] ?? { x: { shape: [], data: [] }, y: { shape: [], data: [] } };
    const model = await loadOnnx(bytesOf(unet), backend(), { layout: "nchw" });
    const input = backend().tensor(x.data, x.shape);
    const output = model.predict(input);
    expect(output.shape).toEqual(y.shape);
    for (const [i, value] of (await output.read()).entries()) expect(value).toBeCloseTo(y.data[i] ?? Number.NaN, 5);
    for (const tensor of [input, output]) tensor.dispose();
    model.dispose();
  });

  test("a model is saved and loaded again, with the layers of this entry", async () => {
    for (const [net, shape] of [
      [attention, [2, 16, 16, 3]],
      [unet, [1, 14, 12, 1]],
    ] as const) {
      const model = await loadOnnx(bytesOf(net), backend());
      const file = await model.save();
      const again = await loadModel(file, backend());
      const given = await loadModel(file, backend(), { layers: onnxLayers });
      const x = backend().tensor(wave(shape.reduce((a: number, b) => a * b, 1)), shape);
      const values = await valuesOf(backend(), model, x);
      expect(await valuesOf(backend(), again, x)).toEqual(values);
      expect(await valuesOf(backend(), given, x)).toEqual(values);
      x.dispose();
      for (const each of [model, again, given]) each.dispose();
    }
  });

  test("a model is trained further: its loss falls, and batch normalization follows", async () => {
    const model = await loadOnnx(bytesOf(residual), backend());
    model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    const data = { images: wave(8 * 12 * 12 * 3), shape: [8, 12, 12, 3], labels: [0, 1, 2, 3, 4, 0, 1, 2] };
    const before = await model.evaluate(data);
    const mean = await model.weights.get("bn1.movingMean")?.read();
    await model.fit(data, { epochs: 8, batchSize: 4 });
    expect((await model.evaluate(data)).loss).toBeLessThan(before.loss);
    expect(await model.weights.get("bn1.movingMean")?.read()).not.toEqual(mean);
    model.dispose();
  });

  test("its head is replaced: the layers before keep their weights, and the new one trains, is saved and exported", async () => {
    const base = await loadOnnx(bytesOf(residual), backend());
    const given = backend().tensor(wave(2 * 432), [2, 12, 12, 3]);
    const last = existing(base.layers.at(-1));
    const before = existing(base.layers.at(-2));
    const again = new Model({ inputs: base.inputs, outputs: last.apply(base.outputOf(before)) }).build(backend());
    expect([...(await again.predict(given).read())]).toEqual([...(await base.predict(given).read())]);
    expect(() => new Sequential([...base.layers.slice(0, -1), new Dense({ units: 2 })])).toThrow(
      "in the model that it comes from, expected a chain",
    );
    for (const layer of base.layers) layer.trainable = false;
    const head = new Dense({ units: 2, name: "odd" }).apply(base.outputOf(before));
    const model = new Model({ inputs: base.inputs, outputs: head }).build(backend());
    expect(model.inputNames).toEqual(base.inputNames);
    expect([...model.trainableWeights.keys()]).toEqual(["odd.kernel", "odd.bias"]);
    model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    await model.fit({ images: wave(2 * 432), shape: [2, 12, 12, 3], labels: [1, 0] }, { epochs: 1 });
    const expected = [...(await model.predict(given).read())];
    const saved = await loadModel(await model.save(), backend(), { layers: onnxLayers });
    expect([...(await saved.predict(given).read())]).toEqual(expected);
    const exported = await loadOnnx(await exportOnnx(model), backend());
    const values = await exported.predict(given).read();
    for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 4);
    for (const each of [base, again, model, saved, exported]) each.dispose();
    given.dispose();
  });

  test("a layer that the file uses twice is one layer", async () => {
    const model = await loadOnnx(
      await onnxFile({
        inputs: { x: ["N", 4] },
        outputs: ["y"],
        initializers: { w: { shape: [4, 4], data: wave(16) } },
        nodes: [
          { op: "MatMul", inputs: ["x", "w"], outputs: ["a"] },
          { op: "Tanh", inputs: ["a"], outputs: ["b"] },
          { op: "MatMul", inputs: ["b", "w"], outputs: ["y"] },
        ],
      }),
      backend(),
    );
    expect(model.weights.size).toBe(1);
    model.dispose();
  });

  test("shapes are computed on the host, for each size of the input", async () => {
    const model = await loadOnnx(await onnxFile(HALVES), backend());
    for (const [h, w] of [
      [4, 6],
      [2, 3],
    ] as const) {
      const x = backend().tensor(wave(2 * h * w * 3), [2, h, w, 3]);
      const [y] = outputsOf(model, [x]);
      expect(y?.shape).toEqual([2, 3, (h * w) / (h / 2), h / 2]);
      for (const tensor of [x, y]) tensor?.dispose();
    }
    model.dispose();
  });

  test("if an output does not follow the examples, their number is that of the file", async () => {
    const file = await onnxFile({
      inputs: { x: [3, 4] },
      outputs: ["y"],
      nodes: [{ op: "Transpose", inputs: ["x"], outputs: ["y"], attributes: { perm: [1, 0] } }],
    });
    const model = await loadOnnx(file, backend());
    const [x, wrong] = [backend().tensor(wave(12), [3, 4]), backend().zeros([2, 4])];
    const y = model.predict(x);
    expect(y.shape).toEqual([4, 3]);
    expect(() => model.predict(wrong)).toThrow(ShapeError);
    const data = { images: wave(12), shape: [3, 4] };
    await expect(model.predictAll(data)).rejects.toThrow("expected the examples as the first axis");
    const again = await loadModel(await model.save(), backend());
    expect(() => again.predict(wrong)).toThrow("expected [3, 4]");
    for (const tensor of [x, wrong, y]) tensor.dispose();
    for (const each of [model, again]) each.dispose();
  });

  test("everything that cannot be expressed is listed in one error", async () => {
    const file = await onnxFile({
      inputs: { x: ["N", 3, 8, 8] },
      outputs: ["y"],
      nodes: [
        { op: "Sin", name: "waves", inputs: ["x"], outputs: ["a"] },
        { op: "Softmax", name: "odd", inputs: ["x"], outputs: ["b"], attributes: { axis: 1, base: 2 } },
        { op: "Fold", name: "own", domain: "com.example", inputs: ["a"], outputs: ["c"] },
        { op: "Sum", inputs: ["a", "b", "c"], outputs: ["y"] },
      ],
    });
    const before = backend().memory().tensors;
    const error: unknown = await loadOnnx(file, backend()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OptionError);
    expect(String(error)).toMatch(/Sin \(node "waves"\).*base.*com\.example\.Fold \(node "own"\)/);
    expect(backend().memory().tensors).toBe(before);
  });

  test("nodes that do not fit each other are a FileFormatError that names the node, and leave nothing behind", async () => {
    const file = await onnxFile({
      inputs: { x: ["N", 3, 8, 8] },
      outputs: ["y"],
      initializers: { w: { shape: [2, 4, 3, 3], data: wave(72) } },
      nodes: [{ op: "Conv", name: "first", inputs: ["x", "w"], outputs: ["y"] }],
    });
    const before = backend().memory().tensors;
    await expect(loadOnnx(file, backend())).rejects.toThrow(FileFormatError);
    await expect(loadOnnx(file, backend())).rejects.toThrow(/"first" \(Conv\)/);
    expect(backend().memory().tensors).toBe(before);
  });

  test.each(["Conv", "ConvTranspose"])("%s takes filters that come as inputs, of images and of signals", async (op) => {
    for (const window of [[3], [2, 3]]) {
      const image = [2, 4, 5, 6].slice(0, 2 + window.length);
      const filter = { shape: [4, 2, ...window], data: wave(8 * window.reduce((a, b) => a * b)) };
      const attributes = {
        strides: window.map(() => 2),
        group: op === "Conv" ? 2 : 1,
        pads: [...window, ...window].map(() => 1),
      };
      const nodes = [{ op, inputs: ["x", "w"], outputs: ["y"], attributes }];
      const [constant, given] = await Promise.all([
        onnxFile({ inputs: { x: image }, outputs: ["y"], initializers: { w: filter }, nodes }),
        onnxFile({ inputs: { x: image, w: filter.shape }, outputs: ["y"], nodes }),
      ]);
      const known = await loadOnnx(constant, backend(), { layout: "nchw" });
      const asked = await loadOnnx(given, backend(), { layout: "nchw" });
      const x = backend().tensor(wave(image.reduce((a, b) => a * b)), image);
      const w = backend().tensor(filter.data, filter.shape);
      const [[expected], [actual]] = [outputsOf(known, [x]), outputsOf(asked, [x, w])];
      expect(actual?.shape).toEqual(expected?.shape);
      expect(await actual?.read()).toEqual(await expected?.read());
      for (const each of [x, w, expected, actual, known, asked]) each?.dispose();
    }
  });

  test("an operator of this entry tells its options, and refuses others", () => {
    const layer = new OnnxOperator({ operator: "Reciprocal", operands: [{ input: 0 }] });
    expect(layer.config()["operator"]).toBe("Reciprocal");
    expect(() => new OnnxOperator({ operator: "Reciprocl", operands: [] })).toThrow("Reciprocal");
  });
});

/** The rows of an image are cut in halves, which become channels: [N, C, H, W] → [N, H / 2, C, …]. */
const HALVES: FileContents = {
  inputs: { x: ["N", 3, "h", "w"] },
  outputs: ["y"],
  initializers: { two: ints(2), n: ints(0), h: ints(2), c: ints(1), rest: ints(-1) },
  nodes: [
    { op: "Shape", inputs: ["x"], outputs: ["s"] },
    { op: "Gather", inputs: ["s", "n"], outputs: ["sn"] },
    { op: "Gather", inputs: ["s", "c"], outputs: ["sc"] },
    { op: "Gather", inputs: ["s", "h"], outputs: ["sh"] },
    { op: "Div", inputs: ["sh", "two"], outputs: ["half"] },
    { op: "Concat", inputs: ["sn", "half", "sc", "rest"], outputs: ["to"], attributes: { axis: 0 } },
    { op: "Reshape", inputs: ["x", "to"], outputs: ["y"] },
  ],
};
