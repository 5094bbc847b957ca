import { existing } from "../../core/objects.js";
import type { Storage } from "../../core/storage.js";
import { isFollowed } from "../../core/tape.js";
import { originOf, storageOf, type Tensor } from "../../core/tensor.js";
import type { Folded, Layer } from "../layer.js";

/** Folded weights, and the values that they were computed from. */
interface Kept extends Folded {
  /** Only compared: whether a variable has other values now. */
  readonly sources: readonly Storage[];
}

/** By the layer that has the kernel, and then by the normalization. */
const kept = new WeakMap<Layer, Map<Layer, Kept>>();

/**
 * Folded weights of a layer. They are kept until one of the weights that they come from changes: a variable gets
 * another storage then. Where a weight has no values yet, or they may change unseen, nothing is kept: in a rehearsal,
 * in a recording, and if the caller has the buffer of a weight.
 *
 * @param weights all that the folded ones are computed from
 * @returns undefined if gradients pass through the weights
 */
export function foldedWeights(
  layer: Layer,
  normalization: Layer,
  weights: readonly Tensor[],
  fold: () => Folded,
): Folded | undefined {
  const { scopes } = existing(weights[0]).backend;
  if (isFollowed(weights.map((weight) => originOf("predict", "weights", weight)))) return undefined;
  const sources = weights.map((weight) => storageOf("predict", "weights", weight));
  if (sources.some(({ exposed }) => exposed)) return fold();
  const ofLayer = kept.get(layer) ?? new Map<Layer, Kept>();
  const known = ofLayer.get(normalization);
  if (known && sources.every((source, i) => source === known.sources[i])) return known;
  const made = fold();
  if (scopes.mode.rehearsal !== undefined) return made;
  if (known) dispose(known);
  for (const tensor of [made.kernel, made.bias]) {
    scopes.keep(tensor);
    scopes.leave(tensor);
  }
  kept.set(layer, ofLayer.set(normalization, { ...made, sources }));
  return made;
}

/** Frees the folded weights of a layer. */
export function forgetFolded(layer: Layer): void {
  for (const folded of kept.get(layer)?.values() ?? []) dispose(folded);
  kept.delete(layer);
}

function dispose({ kernel, bias }: Folded): void {
  kernel.dispose();
  bias.dispose();
}
