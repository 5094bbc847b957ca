import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import {
  Activation,
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  input,
  MaxPooling2D,
  Model,
  Sequential,
} from "webgpu-cnn/nn";
import { exportOnnx } from "webgpu-cnn/onnx";
import { existing } from "../../src/core/objects.js";
import { relativeError } from "../keras/support/stored.js";
import stored from "../nn/stateDict/guide.json" with { type: "json" };
import { blocksOf, ProgramFolder, programOf } from "./support/pages.js";

const WEIGHTS = "Weights of PyTorch";
const blocks = blocksOf("docs/guides/onnx.md").filter(({ language }) => language === "ts");

describe("weights of PyTorch", () => {
  const { tensors } = decodeSafetensors(Buffer.from(stored.case, "base64"));
  const [x, y] = [existing(tensors.get("x")), existing(tensors.get("y"))];

  /** Predicts what PyTorch has predicted, and prints what `loadWeights` says without the guide's `rename`. */
  const PREDICT = `
  import { transpose } from "webgpu-cnn";
  const x = transpose(backend.tensor(Float32Array.of(${x.data.join()}), [${x.shape.join()}]), { permutation: [0, 2, 3, 1] });
  const file = await loadCheckpoint("vgg.safetensors");
  try {
    vgg.loadWeights(file, { pytorch: true });
  } catch (error) {
    console.log(String(error));
  }
  console.log((await net.predict(x).read()).join());
  backend.destroy();
  `;
  const code = blocks.filter(({ section }) => section === WEIGHTS).map((block) => block.code);
  const folder = new ProgramFolder(programOf([...code, PREDICT]));
  afterAll(() => folder.remove());

  test("the guide's blocks compile in strict mode", async () => {
    expect(await folder.typeErrors()).toBe("");
  });

  test("they predict as PyTorch, from the file that the guide's lines of Python wrote; names with dots are renamed as the error proposes", async () => {
    const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
    const vgg = {
      ...{ "features.0.weight": zeros(4, 3, 3, 3), "features.0.bias": zeros(4) },
      ...{ "features.3.weight": zeros(6, 4, 3, 3), "features.3.bias": zeros(6) },
      ...{ "classifier.0.weight": zeros(5, 96), "classifier.0.bias": zeros(5) },
    };
    writeFileSync(join(folder.path, "vgg.safetensors"), encodeSafetensors({ tensors: vgg, metadata: {} }));
    writeFileSync(join(folder.path, "net.safetensors"), Buffer.from(stored.state, "base64"));
    const [proposal = "", line = ""] = (await folder.run()).trim().split("\n").slice(-2);
    expect(relativeError(line.split(",").map(Number), Float32Array.from(y.data, Number))).toBeLessThan(1e-5);
    const pairs = (text: string) => [...text.matchAll(/"([\w.]+)": "(\w+)"/g)].map(([, a, b]) => `${a}: ${b}`).sort();
    const [, given = ""] = /rename: (\{.*?\})/.exec(existing(code.at(-1))) ?? [];
    expect(pairs(proposal)).toHaveLength(3);
    expect(pairs(proposal)).toEqual(pairs(given));
  });
});

describe("loading and training", () => {
  /** The data that the guide names. */
  const DATA = `
  const pictures = [1, 2].map((value) => new Float32Array(48 * 192 * 3).fill(value / 2));
  const train = {
    images: Uint8Array.from({ length: 5 * 224 * 224 * 3 }, (_, i) => i % 251),
    shape: [5, 224, 224, 3],
    labels: [0, 1, 2, 1, 0],
  };
  `;
  const [first, ...others] = blocks.filter(({ section }) => section !== WEIGHTS).map(({ code }) => code);
  const own = others.map((code) => `{\n${code}\n}`);
  const folder = new ProgramFolder(programOf([DATA, first ?? "", ...own, 'backend.destroy();\nconsole.log("done");']));
  afterAll(() => folder.remove());

  test("the guide's blocks compile in strict mode", async () => {
    expect(await folder.typeErrors()).toBe("");
  });

  test("they run as they stand, on a net that ends in Softmax", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const net = new Sequential([
      new Conv2D({ name: "conv", filters: 2, kernelSize: 3, strides: 4, activation: "relu" }),
      new MaxPooling2D(),
      new GlobalAveragePooling2D({ name: "features" }),
      new Dense({ name: "fc", units: 5, activation: "softmax" }),
    ]).build(backend, { inputShape: [null, null, 3] });
    const x = input([64, 64, 3]);
    const map = new Activation("relu").apply(x);
    const outputs = { map, mean: new GlobalAveragePooling2D().apply(map) };
    const maps = new Model({ inputs: { x }, outputs }).build(backend);
    mkdirSync(join(folder.path, "models"));
    for (const name of ["net.onnx", "models/large.onnx"]) writeFileSync(join(folder.path, name), await exportOnnx(net));
    writeFileSync(join(folder.path, "maps.onnx"), await exportOnnx(maps));
    backend.destroy();
    const output = await folder.run();
    expect(output).toMatch(/^class [0-4]$/m);
    expect(output).toMatch(/^features\/Flatten .*\n^fc .*\n^fc\/Softmax /m);
    // The new head has three scores, and it alone learns.
    expect(output).toMatch(/Float32Array\(3\) \[[^\]]*\] \[ 'head\.kernel', 'head\.bias' \]/);
    expect(output).toContain('[ "fc.kernel", "fc.bias" ]'.replaceAll('"', "'"));
    expect(output.trim().split("\n").at(-1)).toBe("done");
  });
});
