import type { Variable } from "../../core/backend.js";
import { nearestName, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { sameShape } from "../../core/shape.js";
import type { NamedTensor } from "./pytorch.js";

/**
 * The end of a message about names that differ: a `rename` by which layers of the file have the shapes of layers of
 * the model.
 *
 * @param missing the names of the model that the file lacks
 * @param unused the tensors of the file that the model lacks
 * @param turned gives a tensor the name and the layout of this library
 */
export function proposeNames(
  weights: ReadonlyMap<string, Variable>,
  missing: readonly string[],
  unused: readonly NamedTensor[],
  turned: (given: NamedTensor) => NamedTensor | undefined,
): string {
  const layers = byLayer(missing, (name) => name);
  const found: (readonly [theirs: string, own: string])[] = [];
  const theirs = [...byLayer(unused, ({ name }) => name)];
  for (const [layer, tensors] of theirs.sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))) {
    for (const [own, names] of layers) {
      const renamed = tensors.flatMap(({ name, tensor }) => turned({ name: `${own}.${leafOf(name)}`, tensor }) ?? []);
      const given = new Set(renamed.map(({ name }) => name));
      if (!renamed.every((each) => isWeight(each, weights)) || !names.every((name) => given.has(name))) continue;
      found.push([layer, own]);
      layers.delete(own);
      break;
    }
  }
  if (found.length > 0) {
    const pairs = found.map(([name, own]) => `${show(name)}: ${show(own)}`);
    return `; by the shapes, it may be rename: { ${pairs.join(", ")} }`;
  }
  const names = unused.map(({ name }) => name);
  const nearest = missing[0] === undefined ? undefined : nearestName(missing[0], names);
  return nearest === undefined ? "" : `; ${show(missing[0])} may be ${show(nearest)}`;
}

function isWeight({ name, tensor }: NamedTensor, weights: ReadonlyMap<string, Variable>): boolean {
  const weight = weights.get(name);
  return weight !== undefined && sameShape(tensor.shape, weight.shape);
}

/** Entries by the names of their layers. */
function byLayer<Entry>(entries: readonly Entry[], nameOf: (entry: Entry) => string): Map<string, readonly Entry[]> {
  const layers = new Map<string, Entry[]>();
  for (const entry of entries) {
    const name = nameOf(entry);
    const layer = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    if (layer === "") continue;
    if (!layers.has(layer)) layers.set(layer, []);
    existing(layers.get(layer)).push(entry);
  }
  return layers;
}

function leafOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
