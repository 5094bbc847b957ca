import { OptionError, show } from "../../core/errors.js";
import type { ExampleShape } from "../graph/extents.js";
import { Layer } from "../layer.js";
import type { Json } from "../layerTypes.js";

export type JsonObject = { readonly [name: string]: Json };

/**
 * Describes a model: all layers in one list, and how they are connected. A shared layer is described once.
 *
 * - A layer: `{ class, name, trainable, config }`. Layers in its config are `{ "$layer": number }`.
 * - A Sequential: `{ class, name, trainable, layers: numbers }`.
 * - A Model: `{ class, name, trainable, inputs: [{ name, shape }], nodes: [{ layer, inputs }], outputs }`. Its
 *   tensors are `[node, output]`, and `[-1, i]` for input i.
 */
export function describe(model: Layer, inputShapes: readonly ExampleShape[]): JsonObject {
  const numbers = new Map<Layer, number>();
  const layers: JsonObject[] = [];
  const numberOf = (layer: Layer): number => {
    const known = numbers.get(layer);
    if (known !== undefined) return known;
    const { className, name, trainable } = layer;
    const inside = layer.structure(numberOf) ?? { config: withNumbers(layer.config(), numberOf) };
    const number = layers.push({ class: className, name, trainable, ...inside }) - 1;
    numbers.set(layer, number);
    return number;
  };
  const root = numberOf(model);
  return { root, inputShapes: inputShapes.map((shape) => [...shape]), layers };
}

/** What must be equal so that weights fit: everything but names, initializers, and what is frozen. */
export function essence(description: unknown): string {
  return JSON.stringify(description, (name, value: unknown) =>
    name === "name" || name === "trainable" || name.endsWith("Initializer") ? undefined : value,
  );
}

/** Layers in a config become their numbers. */
function withNumbers(value: unknown, numberOf: (layer: Layer) => number): Json {
  if (value instanceof Layer) return { $layer: numberOf(value) };
  if (Array.isArray(value)) return value.map((entry) => withNumbers(entry, numberOf));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return Object.fromEntries(entries.map(([name, entry]) => [name, withNumbers(entry, numberOf)]));
  }
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null)
    return value;
  throw new OptionError(`save: a layer's config holds ${show(value)}, expected values that JSON can hold, and layers`);
}
