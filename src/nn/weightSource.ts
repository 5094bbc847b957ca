import type { Shape } from "../core/shape.js";
import type { Layer } from "./layer.js";

/**
 * Gives the first values of a layer's weights instead of its initializers: those of a file.
 *
 * @param name the weight's name within the layer, such as "kernel"
 * @param shape what the layer expects. A source checks it before it makes values
 */
export type WeightSource = (name: string, shape: Shape) => Float32Array;

const sources = new WeakMap<Layer, WeightSource>();

/** The source of a layer that is not built yet. Its parts have sources of their own. */
export function setWeightSource(layer: Layer, source: WeightSource): void {
  sources.set(layer, source);
}

export function weightSourceOf(layer: Layer): WeightSource | undefined {
  return sources.get(layer);
}
