import { type Backend, checkBackend } from "../core/backend.js";
import { FileFormatError, ShapeError } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { checkBytes } from "../io/arrays.js";
import { Building } from "../nn/buildScope.js";
import { makeKnown } from "../nn/files/knownLayers.js";
import { type GraphTensor, isNode } from "../nn/graph/graphTensor.js";
import { BATCH } from "../nn/graph/trace.js";
import { Model } from "../nn/model.js";
import type { GraphTensors } from "../nn/network.js";
import type { External } from "./format/external.js";
import type { OnnxFile } from "./format/onnxFile.js";
import { readOnnx } from "./format/readOnnx.js";
import { type Lowered, type LowerOptions, lower } from "./graph/lower.js";
import { onnxLayers } from "./layers/onnxLayers.js";

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
 * @returns the model, built on the backend. Its inputs and outputs have the names in the file. The type parameter
 * `Outputs` is that of `new Model`: leave it out for a model with one output
 * @throws (rejects with) OptionError that lists all operators and attributes that cannot be expressed, or if an option is
 * invalid; FileFormatError if the bytes are no ONNX model, or its nodes do not fit each other; OutOfMemoryError
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
  makeKnown(onnxLayers);
  const file = await readOnnx(bytes, external);
  const first = fixedExamples(file);
  if (first !== undefined) {
    const free = attempt(() => modelOf(file, backend, { layout, fixedExamples: first }));
    if (free) return free;
  }
  return modelOf(file, backend, { layout, fixedExamples: undefined });
}

function isExternal(value: unknown): value is External | undefined {
  return value === undefined || typeof value === "function";
}

/** The first extent of all inputs, if the file fixes it. */
function fixedExamples({ inputs }: OnnxFile): number | undefined {
  const [first, ...others] = inputs.map(({ shape }) => shape?.[0] ?? undefined);
  return others.every((extent) => extent === first) ? first : undefined;
}

/** What a function gives, or undefined if a shape does not fit. */
function attempt<Result>(make: () => Result): Result | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof FileFormatError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

/** @returns undefined if the number of examples is to be free, but the first axis of an output does not follow it */
function modelOf(file: OnnxFile, backend: Backend, options: LowerOptions): Model<GraphTensors> | undefined {
  const building = new Building(backend, 0);
  try {
    const lowered = lower(file, backend, building, options);
    const follows = options.fixedExamples !== undefined;
    if (follows && !lowered.outputs.every(([, { extents, order }]) => order.length > 0 && isFree(extents.trials))) {
      building.undo();
      return undefined;
    }
    return connected(lowered, backend);
  } catch (error) {
    building.undo();
    throw error;
  }
}

function isFree(trials: readonly (readonly number[])[]): boolean {
  return trials.every(([first]) => first === BATCH);
}

function connected({ inputs, outputs }: Lowered, backend: Backend): Model<GraphTensors> {
  const tensors = outputs.map(([name, { tensor }]) => [name, tensor] as const);
  const sources = sourcesOf(tensors.map(([, tensor]) => tensor));
  const used = inputs.filter(([, { source }]) => sources.has(source));
  const [only] = tensors;
  const model = new Model<GraphTensors>({
    inputs: Object.fromEntries(used),
    outputs: tensors.length === 1 && only ? only[1] : Object.fromEntries(tensors),
  });
  return model.build(backend);
}

/** The inputs and nodes that tensors depend on. An input that no output needs is no input of the model. */
function sourcesOf(tensors: readonly GraphTensor[]): ReadonlySet<GraphTensor["source"]> {
  const found = new Set<GraphTensor["source"]>();
  const waiting = [...tensors];
  for (let tensor = waiting.pop(); tensor; tensor = waiting.pop()) {
    const { source } = tensor;
    if (found.has(source)) continue;
    found.add(source);
    if (isNode(source)) waiting.push(...source.inputs);
  }
  return found;
}
