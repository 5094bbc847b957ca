import type { OptionReader } from "../../core/options.js";
import { Layer } from "../layer.js";

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

/** The caller's classes of layers, in the option `layers`. @throws OptionError if they are no classes by name */
export function classesIn(reader: OptionReader): Readonly<Record<string, LayerClass>> {
  const given: unknown = reader.given("layers") ?? {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    reader.refuse("layers", given, "classes by name: { MyLayer }");
  }
  const classes: Record<string, LayerClass> = {};
  for (const [name, entry] of Object.entries(given)) {
    if (!isClass(entry)) {
      const expected = entry instanceof Layer ? "the class, not an instance" : "a class of layers";
      reader.refuse(`layers.${name}`, entry, expected, "give the class itself, without new: { MyLayer }");
    }
    classes[name] = entry;
  }
  return classes;
}

function isClass(value: unknown): value is LayerClass {
  return typeof value === "function";
}
