import { FileFormatError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { ModelFile } from "../../nn/files/format.js";
import { Place } from "../read/place.js";
import { parsedJson } from "./json.js";
import { readManifest, type Shards, shards } from "./manifest.js";

/** Weights of TensorFlow.js without a model. */
export interface TfjsWeightFiles {
  /** The list of groups in `…-weights_manifest.json`, or `weightsManifest` of a model.json: parsed, or its text. */
  readonly manifest: unknown;
  /** All shards joined in the order of the manifest, or an object from the manifest's paths to bytes. */
  readonly weights: Shards;
}

/**
 * Reads the weights that a manifest of TensorFlow.js lists: for networks that are written in code, and for graph models,
 * whose layers no file describes. Quantized weights become value · scale + min. The optimizer's are left out.
 *
 * @param files the manifest and the shards
 * @returns the weights by their names in the manifest, such as "conv0/filters", as float32: what `model.loadWeights` and
 * `saveCheckpoint` take. Their shapes are TensorFlow's
 * @throws OptionError if an argument is invalid, or a weight's type is not known; FileFormatError if the manifest is
 * malformed, or does not fit the shards. Source of the format: tfjs-core's `WeightsManifestConfig`
 *
 * @example
 * ```ts
 * const manifest = [{ paths: ["shard.bin"], weights: [{ name: "dense/bias", shape: [2], dtype: "float32" }] }];
 * const shard = new Uint8Array(Float32Array.of(1, 2).buffer);
 * const { tensors } = readTfjsWeights({ manifest, weights: { "shard.bin": shard } });
 * [...tensors].map(([name, { data }]) => [name, data]); // [["dense/bias", [1, 2]]]
 * ```
 */
export function readTfjsWeights(files: TfjsWeightFiles): ModelFile {
  const operator = "readTfjsWeights";
  const reader = new OptionReader(operator, files, ["manifest", "weights"], "files");
  const manifest = new Place(operator, "manifest", parsedJson(operator, "manifest", reader.given("manifest")));
  if (!manifest.isList) {
    reader.refuse(
      "manifest",
      manifest.value,
      "a list of groups: a weights manifest, or weightsManifest of a model.json",
    );
  }
  const found = readManifest(manifest, shards(operator, reader.given("weights")));
  const tensors = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> }>();
  for (const { name, shape, isOfOptimizer, read } of found) {
    if (isOfOptimizer) continue;
    if (tensors.has(name)) throw new FileFormatError(`${operator}: two weights have the name ${show(name)}`);
    tensors.set(name, { shape, data: read() });
  }
  return { tensors, metadata: {} };
}
