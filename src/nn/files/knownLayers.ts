import type { Layer } from "../layer.js";

/**
 * A class of layers.
 *
 * @param config what the `config` of the layer gives
 */
export type LayerClass = new (config: never) => Layer;

const known = new Map<string, LayerClass>();

/** The layers of other entries of this library that are in use, by their names in files. */
export function knownLayers(): ReadonlyMap<string, LayerClass> {
  return known;
}

/** Makes layers of another entry of this library known to `loadModel`. */
export function makeKnown(classes: Readonly<Record<string, LayerClass>>): void {
  for (const [name, layerClass] of Object.entries(classes)) known.set(name, layerClass);
}
