import { expect, test } from "vitest";
import { OptionError, transpose } from "webgpu-cnn";
import { decodeSafetensors } from "webgpu-cnn/io";
import { PReLU } from "webgpu-cnn/keras";
import {
  Activation,
  BatchNormalization,
  Conv2D,
  Conv2DTranspose,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  GroupNormalization,
  LayerNormalization,
  MaxPooling2D,
  SeparableConv2D,
  Sequential,
} from "webgpu-cnn/nn";
import { existing } from "../../src/core/objects.js";
import { relativeError } from "../keras/support/stored.js";
import { describeOnEachBackend } from "../support/backends.js";
import { sampledCases } from "../support/sampling.js";
import guide from "./stateDict/guide.json" with { type: "json" };
import last from "./stateDict/last.json" with { type: "json" };
import wide from "./stateDict/wide.json" with { type: "json" };

const epsilon = 1e-5;

const guideLayers = () => [
  new Conv2D({ name: "conv1", filters: 8, kernelSize: 3, strides: 2, padding: 1, useBias: false }),
  new BatchNormalization({ name: "bn1", epsilon }),
  new Activation("relu"),
  new Conv2D({ name: "conv2", filters: 8, kernelSize: 3, padding: 1, groups: 2, activation: "relu" }),
  new MaxPooling2D(),
  new Flatten(),
  new Dense({ name: "fc", units: 5 }),
];

const wideLayers = () => [
  new Conv2D({ name: "first", filters: 6, kernelSize: [3, 2], padding: [1, 1, 0, 0], groups: 2 }),
  new GroupNormalization({ name: "grouped", groups: 3, epsilon }),
  new PReLU({ name: "slopes", sharedAxes: [1, 2] }),
  new SeparableConv2D({ name: "separable", filters: 5, kernelSize: 3, padding: 1, activation: "elu" }),
  new Conv2DTranspose({ name: "up", filters: 3, kernelSize: 3, strides: 2, padding: 1 }),
  new BatchNormalization({ name: "norm", epsilon }),
  new GlobalAveragePooling2D(),
  new Dense({ name: "squeeze", units: 4, activation: "leakyRelu" }),
  new LayerNormalization({ name: "layers", epsilon }),
  new Dense({ name: "end", units: 2, useBias: false }),
];

const RENAMED = {
  "features.0": "first",
  "features.1": "grouped",
  "features.2": "slopes",
  "features.3.weight": "separable.depthwiseKernel",
  "features.4.weight": "separable.pointwiseKernel",
  "features.4.bias": "separable.bias",
  "head.0": "layers",
  "head.1": "end",
};

/** Of tools/pytorch/stateDict.py. */
const NETS = [
  { name: "guide", stored: guide, layers: guideLayers, rename: {} },
  { name: "wide", stored: wide, layers: wideLayers, rename: RENAMED },
  { name: "last", stored: last, layers: wideLayers, rename: RENAMED },
];

const decoded = (text: string) => decodeSafetensors(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));

describeOnEachBackend("weights of PyTorch", (backend) => {
  test.each(sampledCases(NETS))(
    "$name predicts as in PyTorch, from what safetensors wrote",
    async ({ stored, layers, rename }) => {
      const { tensors } = decoded(stored.case);
      const [image, expected] = [existing(tensors.get("x")), existing(tensors.get("y"))];
      const given = backend().tensor(Float32Array.from(image.data, Number), image.shape);
      const x = transpose(given, { permutation: [0, 2, 3, 1] });
      const net = new Sequential(layers()).build(backend(), { inputShape: x.shape.slice(1) });
      const { unused, missing } = net.loadWeights(decoded(stored.state), { pytorch: true, rename });
      expect([unused, missing]).toEqual([[], []]);
      const y = net.predict(x);
      expect(y.shape).toEqual(expected.shape);
      expect(relativeError(await y.read(), Float32Array.from(expected.data, Number))).toBeLessThan(1e-5);
      for (const each of [given, x, y, net]) each.dispose();
    },
  );

  test("names that differ are proposed by the shapes", () => {
    const net = new Sequential(wideLayers()).build(backend(), { inputShape: [6, 5, 4] });
    const load = () => net.loadWeights(decoded(wide.state), { pytorch: true });
    expect(load).toThrow(OptionError);
    expect(load).toThrow(/rename: \{ "features\.0": "first", "features\.1": "grouped", "features\.2": "slopes"/);
    net.dispose();
  });
});
