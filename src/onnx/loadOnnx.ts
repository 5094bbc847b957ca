import type { Backend } from "../core/backend.js";
import { checkBackend } from "../core/checkBackend.js";
import { OptionReader } from "../core/options.js";
import { checkBytes } from "../io/arrays.js";
import type { GraphTensor } from "../nn/graph/graphTensor.js";
import type { Model } from "../nn/model.js";
import type { GraphTensors } from "../nn/modelTypes.js";
import type { External } from "./format/external.js";

/** The options of `loadOnnx`. */
export interface LoadOnnxOptions {
  /**
   * How images lie at the inputs and outputs: all that have four axes. "nhwc" (default), as everywhere in this library.
   * "nchw": as in the file. A file that turns its inputs or outputs itself has its channels last: these stay as they are.
   */
  readonly layout?: "nhwc" | "nchw" | undefined;
  /** Gives the bytes of a file beside the model, by the name in the model. Large models have their weights there. */
  readonly external?: External | undefined;
}

/**
 * Loads an ONNX model: opset 7 or later, float32 (narrower floats are widened). The result predicts, can be trained
 * further after `compile`, and saved. Nodes become the layers of `webgpu-cnn/nn` where one computes the same, and
 * `OnnxOperator` layers elsewhere.
 *
 * The first axis of inputs is a free number of examples, unless outputs do not follow it. Other extents vary if the file
 * says so.
 *
 * @param bytes of the .onnx file
 * @param backend where the weights lie
 * @param options the `layout` of images, and `external`, which reads the files beside the model
 * @returns the model, built on the backend. Its inputs and outputs have the names in the file. The type parameter
 * `Outputs` is that of `new Model`: leave it out for a model with one output
 * @throws (rejects with) OptionError that lists all operators and attributes that cannot be expressed, or if an option is
 * invalid; FileFormatError if the bytes are no ONNX model, or its nodes do not fit each other; OutOfMemoryError
 *
 * @example
 * ```ts
 * const net = new Sequential([new Dense({ units: 2, kernelInitializer: "ones" })]).build(backend, { inputShape: [3] });
 * const bytes = await exportOnnx(net);
 * const model = await loadOnnx(bytes, backend);
 * await model.predict(backend.tensor([[1, 2, 3]])).read(); // [6, 6]
 * ```
 */
export function loadOnnx<Outputs extends GraphTensors = GraphTensor>(
  bytes: Uint8Array,
  backend: Backend,
  options?: LoadOnnxOptions,
): Promise<Model<Outputs>>;
export async function loadOnnx(bytes: Uint8Array, backend: Backend, options: LoadOnnxOptions = {}): Promise<unknown> {
  checkBytes("loadOnnx", bytes);
  checkBackend("loadOnnx", "backend", backend);
  const reader: OptionReader = new OptionReader("loadOnnx", options, ["layout", "external"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const external: unknown = reader.given("external");
  if (!isExternal(external)) reader.refuse("external", external, "a function from the name of a file to its bytes");
  const { readModel } = await import("./readModel.js");
  return readModel(bytes, backend, layout, external);
}

function isExternal(value: unknown): value is External | undefined {
  return value === undefined || typeof value === "function";
}
