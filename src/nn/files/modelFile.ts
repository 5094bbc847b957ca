import type { Variable } from "../../core/backend.js";
import type { ExampleShape } from "../graph/extents.js";
import type { Layer } from "../layer.js";
import { describe } from "./describe.js";
import { FORMAT, type ModelFile } from "./format.js";

/** Reads all variables, as of this call. */
export async function readAll(variables: ReadonlyMap<string, Variable>): Promise<ModelFile["tensors"]> {
  // All reads are queued before the first is waited for, so they show one moment.
  const reads = [...variables].map(async ([name, variable]) => {
    const data = Float32Array.from(await variable.read());
    return [name, { shape: variable.shape, data }] as const;
  });
  return new Map(await Promise.all(reads));
}

/** The metadata of a model's file. */
export function modelMetadata(model: Layer, inputShapes: readonly ExampleShape[], seed: number) {
  return {
    format: FORMAT,
    architecture: JSON.stringify(describe(model, inputShapes)),
    seed: String(seed),
  };
}
