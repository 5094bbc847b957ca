import type { Variable } from "../core/backend.js";
import { existing, numbered } from "../core/objects.js";
import { type Layer, partsOf, setParts } from "./layer.js";
import { forgetFolded } from "./layers/foldedWeights.js";
import type { Weight } from "./layerTypes.js";

/** A weight in a model. */
export interface NamedWeight extends Weight {
  /** The layers around it, from the outermost to its own, for each place of its layer in the model. */
  readonly owners: readonly (readonly Layer[])[];
}

/** Layers with their names in a container. The second layer of a name gets "_1". */
export function namedLayers(layers: readonly Layer[]): readonly (readonly [name: string, layer: Layer])[] {
  const each = [...new Set(layers)];
  const names = numbered(each.map(({ name }) => name));
  return each.map((layer, i) => [existing(names[i]), layer] as const);
}

/**
 * All weights of a built model by name, such as "conv2d.kernel". A weight of a shared layer has the name of its first
 * place.
 */
export function weightsOf(model: Layer): ReadonlyMap<string, NamedWeight> {
  const places = new Map<Layer, { readonly path: string; readonly owners: (readonly Layer[])[] }>();
  const visit = (layer: Layer, path: string, around: readonly Layer[]) => {
    const owners = [...around, layer];
    const known = places.get(layer);
    if (known) known.owners.push(owners);
    else places.set(layer, { path, owners: [owners] });
    for (const [name, part] of namedLayers(layer.parts)) visit(part, path === "" ? name : `${path}.${name}`, owners);
  };
  visit(model, "", []);
  const weights = new Map<string, NamedWeight>();
  for (const [layer, { path, owners }] of places) {
    for (const [name, weight] of partsOf(layer).weights) {
      weights.set(path === "" ? name : `${path}.${name}`, { ...weight, owners });
    }
  }
  return weights;
}

/** Whether training changes a weight now: it is trainable, and so are all layers around one of its places. */
export function isTrained({ trainable, owners }: NamedWeight): boolean {
  return trainable && owners.some((layers) => layers.every((layer) => layer.trainable));
}

/**
 * Whether training moves a weight that no optimizer changes, such as a moving statistic of batch normalization: all
 * layers around one of its places are trainable.
 */
export function isStatistic({ trainable, owners }: NamedWeight): boolean {
  return !trainable && owners.some((layers) => layers.every((layer) => layer.trainable));
}

export function variablesOf(weights: ReadonlyMap<string, Weight>): ReadonlyMap<string, Variable> {
  return new Map([...weights].map(([name, { variable }]) => [name, variable]));
}

/** The living models that hold a layer. */
const holders = new WeakMap<Layer, Set<Layer>>();

/** The living models that hold a layer: those that were built by themselves. */
export function modelsWith(layer: Layer): readonly Layer[] {
  return [...(holders.get(layer) ?? [])];
}

/** A model holds its layers. */
export function hold(model: Layer): void {
  for (const layer of allLayers(model)) {
    const models = holders.get(layer) ?? new Set();
    holders.set(layer, models.add(model));
  }
}

/** A model holds its layers no longer. Those that no other model holds lose their weights. */
export function release(model: Layer): void {
  for (const layer of allLayers(model)) {
    forgetFolded(layer);
    const models = holders.get(layer);
    models?.delete(model);
    if ((models && models.size > 0) || !layer.isBuilt) continue;
    for (const { variable } of partsOf(layer).weights.values()) variable.dispose();
    setParts(layer, undefined);
  }
}

/** A layer, and all layers inside it. */
export function allLayers(layer: Layer, found = new Set<Layer>()): ReadonlySet<Layer> {
  if (found.has(layer)) return found;
  found.add(layer);
  for (const part of layer.parts) allLayers(part, found);
  return found;
}
