import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import {
  Arithmetic,
  AsymmetricUpSampling2D,
  Average,
  DepthToSpace,
  Divide,
  ELU,
  InferenceOnly,
  LayerScale,
  loadTfjs,
  Maximum,
  Minimum,
  MoreActivation,
  Normalization,
  Permute,
  PReLU,
  ReLU,
  Rescaling,
  ScaledAdd,
  Softmax,
  SpatialDropout2D,
  Subtract,
} from "webgpu-cnn/keras";
import {
  Activation,
  BatchNormalization,
  Dense,
  Flatten,
  GlobalMaxPooling2D,
  input,
  type Layer,
  Model,
} from "webgpu-cnn/nn";
import { MORE_ACTIVATIONS } from "../../../src/keras/layers/activations.js";
import { describeLayers } from "../support/describeLayers.js";
import { difference, scatter } from "../support/models.js";

const number = fc.constantFrom(0.25, -1.5, 2);
const perChannel = fc.oneof(number, fc.tuple(number, number, number, number));
const variance = fc.oneof(fc.constantFrom(0, 0.5), fc.tuple(...[0.5, 2, 0, 1].map((value) => fc.constant(value))));

describeLayers({
  Arithmetic: fc
    .record({
      operation: fc.constantFrom("add" as const, "subtract" as const, "multiply" as const, "divide" as const),
      constant: number,
      constantFirst: fc.boolean(),
    })
    // A division by values near zero would make differences large.
    .map((options) => new Arithmetic(options.operation === "divide" ? { ...options, constantFirst: false } : options)),
  AsymmetricUpSampling2D: fc.constantFrom(2, [3, 1] as const).map((size) => new AsymmetricUpSampling2D({ size })),
  DepthToSpace: fc.constant(2).map((blockSize) => new DepthToSpace({ blockSize })),
  ELU: fc.constantFrom(1, 0.5).map((alpha) => new ELU({ alpha })),
  InferenceOnly: fc.constant(0.01).map((epsilon) => new InferenceOnly({ layer: new BatchNormalization({ epsilon }) })),
  LayerScale: fc.constant(undefined).map(() => new LayerScale()),
  MoreActivation: fc.constantFrom(...MORE_ACTIVATIONS).map((activation) => new MoreActivation({ activation })),
  Normalization: fc.oneof(
    fc.constant(undefined).map(() => new Normalization()),
    fc.record({ mean: perChannel, variance }).map((options) => new Normalization(options)),
  ),
  Permute: fc.constantFrom([2, 1, 3], [3, 1, 2]).map((dims) => new Permute({ dims })),
  PReLU: fc.constantFrom([1, 2], [1, 2, 3]).map((sharedAxes) => new PReLU({ sharedAxes })),
  ReLU: fc
    .record({ maxValue: fc.constantFrom(undefined, 0.5), negativeSlope: fc.constantFrom(0, 0.1) })
    .map((options) => new ReLU(options)),
  Rescaling: fc.record({ scale: perChannel, offset: perChannel }).map((options) => new Rescaling(options)),
  Softmax: fc.constantFrom(-1, 1, 2, 3).map((axis) => new Softmax({ axis })),
  SpatialDropout2D: fc.constant(0.5).map((rate) => new SpatialDropout2D({ rate })),
});

test("layers of several inputs, and layers of features after Flatten, give the same in ONNX Runtime", async () => {
  const backend = await createBackend({ kind: "cpu" });
  const x = input([3, 4, 2]);
  const [a, b] = [new PReLU().apply(x), new Dense({ units: 2 }).apply(x)];
  const merged = [new Average(), new Maximum(), new Minimum(), new Subtract(), new ScaledAdd({ scale: 0.17 })].map(
    (layer: Layer) => layer.apply([a, b]),
  );
  const quotients = [
    new Divide().apply([a, new Activation("sigmoid").apply(b)]),
    new Arithmetic({ operation: "divide", constant: 1, constantFirst: true }).apply(new Activation("sigmoid").apply(b)),
  ];
  const scale = Array.from({ length: 24 }, (_, i) => i / 8 - 1);
  const features = [new PReLU(), new Rescaling({ scale }), new Normalization(), new Softmax()].map((layer) =>
    layer.apply(new Flatten().apply(a)),
  );
  const constantFirst = { operation: "subtract", constant: 1, constantFirst: true } as const;
  const last = new Arithmetic(constantFirst).apply(new Flatten().apply(b));
  const outputs = [
    ...merged,
    ...quotients,
    ...features,
    new Dense({ units: 2 }).apply(last),
    new GlobalMaxPooling2D().apply(b),
  ];
  const model = new Model({ inputs: x, outputs }).build(backend);
  scatter(model, 4);
  expect(await difference(backend, model, [[3, 4, 2]], { batch: 3 })).toBeLessThan(1e-5);
  model.dispose();
  backend.destroy();
});

test("ESRGAN of UpscalerJS gives the same in ONNX Runtime, on images of any size", async () => {
  const folder = "node_modules/@upscalerjs/esrgan-slim/models/x2";
  const backend = await createBackend({ kind: "wasm" });
  const [modelJson, weights] = await Promise.all([
    readFile(`${folder}/model.json`, "utf8"),
    readFile(`${folder}/group1-shard1of1.bin`),
  ]);
  const model = await loadTfjs({ modelJson, weights }, backend);
  for (const shape of [
    [16, 12, 3],
    [9, 21, 3],
  ]) {
    expect(await difference(backend, model, [shape])).toBeLessThan(1e-5);
  }
  model.dispose();
  backend.destroy();
});
