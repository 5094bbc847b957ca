import type { Backend } from "webgpu-cnn";
import { type GraphTensors, type Model, Sequential } from "webgpu-cnn/nn";
import { type ExportOnnxOptions, exportOnnx } from "webgpu-cnn/onnx";
import { existing } from "../../../src/core/objects.js";
import { RandomNumbers } from "../../../src/core/random.js";
import { elementsOf } from "../../../src/core/shape.js";
import { channelsFirst, type HostTensor, largestDifference, runOnnx } from "./runtime.js";

/** Values from −1 to 1. */
export function randomTensor(shape: readonly number[], seed: number): HostTensor {
  const random = new RandomNumbers(seed, 7);
  return { shape, data: Float32Array.from({ length: elementsOf(shape) }, () => 2 * random.uniform() - 1) };
}

/** Gives the vectors of a model values other than zeros and ones, as after a training. */
export function scatter(model: Model<GraphTensors>, seed: number): void {
  const random = new RandomNumbers(seed, 8);
  for (const [name, variable] of model.weights) {
    if (variable.shape.length > 1) continue;
    const around = /gamma|variance/i.test(name) ? 1 : 0;
    variable.write(Float32Array.from({ length: variable.size }, () => around + random.uniform() - 0.5));
  }
}

export function build(backend: Backend, model: Model<GraphTensors>, inputShape: readonly (number | null)[]): void {
  if (model instanceof Sequential) model.build(backend, { inputShape });
  else model.build(backend);
}

/**
 * Exports a model, and runs it here and in ONNX Runtime.
 *
 * @param shapes those of the inputs, without the batch
 * @returns the largest difference of an output, as a share of the largest value
 */
export async function difference(
  backend: Backend,
  model: Model<GraphTensors>,
  shapes: readonly (readonly number[])[],
  { batch = 2, options = {}, seed = 1 }: { batch?: number; options?: ExportOnnxOptions; seed?: number } = {},
): Promise<number> {
  const file = await exportOnnx(model, options);
  const inputs = shapes.map((shape, i) => randomTensor([batch, ...shape], seed + i));
  const toFile = options.layout === "nhwc" ? (x: HostTensor) => x : channelsFirst;
  const feeds = inputs.map((x, i) => [existing(model.inputNames[i]), toFile(x)] as const);
  const results = Object.values(await runOnnx(file, Object.fromEntries(feeds)));
  const given = inputs.map(({ shape, data }) => backend.tensor(data, shape));
  const computed = model.predict(given);
  const outputs = "read" in computed && typeof computed.read === "function" ? [computed] : Object.values(computed);
  const expected = await Promise.all(outputs.map(async (y) => ({ shape: y.shape, data: await y.read() })));
  for (const tensor of [...given, ...outputs]) tensor.dispose();
  return Math.max(...expected.map((y, i) => largestDifference(existing(results[i]), toFile(y))));
}
