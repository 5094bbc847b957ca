import type { Variable } from "../../core/backend.js";
import { OptionError, show } from "../../core/errors.js";
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

/** A model gives the content of a file, and writes none. @throws OptionError if its method got a path, or anything else */
export function checkNoPath(method: string, path: unknown): void {
  if (path === undefined) return;
  const shown = show(typeof path === "string" ? path : "model.safetensors");
  throw new OptionError(
    `${method}: takes no path and no options, got ${show(path)}; it gives the content of a file: saveCheckpoint(${shown}, await model.${method}()) of webgpu-cnn/io writes it`,
  );
}

/** The metadata of a model's file. */
export function modelMetadata(model: Layer, inputShapes: readonly ExampleShape[], seed: number) {
  return {
    format: FORMAT,
    architecture: JSON.stringify(describe(model, inputShapes)),
    seed: String(seed),
  };
}
