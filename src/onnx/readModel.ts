import type { Backend } from "../core/backend.js";
import { FileFormatError, ShapeError } from "../core/errors.js";
import { Building } from "../nn/buildScope.js";
import { makeKnown } from "../nn/files/knownLayers.js";
import { type GraphTensor, isNode } from "../nn/graph/graphTensor.js";
import { BATCH } from "../nn/graph/trace.js";
import { Model } from "../nn/model.js";
import type { GraphTensors } from "../nn/modelTypes.js";
import type { External } from "./format/external.js";
import type { OnnxFile } from "./format/onnxFile.js";
import { readOnnx } from "./format/readOnnx.js";
import { type Lowered, type LowerOptions, lower } from "./graph/lower.js";
import { onnxLayers } from "./layers/onnxLayers.js";

/**
 * Makes a model of an ONNX file. `loadOnnx` loads this function when it is called.
 *
 * @param layout of images at the inputs and outputs
 * @returns the model, built on the backend
 * @throws (rejects with) what `loadOnnx` says of the file
 */
export async function readModel(
  bytes: Uint8Array,
  backend: Backend,
  layout: LowerOptions["layout"],
  external: External | undefined,
): Promise<Model<GraphTensors> | undefined> {
  makeKnown(onnxLayers);
  const file = await readOnnx(bytes, external);
  const first = fixedExamples(file);
  if (first !== undefined) {
    const free = attempt(() => modelOf(file, backend, { layout, fixedExamples: first }));
    if (free) return free;
  }
  return modelOf(file, backend, { layout, fixedExamples: undefined });
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
