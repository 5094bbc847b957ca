import { OptionError, show } from "../../core/errors.js";
import { Layer } from "../layer.js";

/** @throws OptionError if it is not a list of layers */
export function checkLayers(owner: string, argument: string, layers: unknown): asserts layers is readonly Layer[] {
  if (Array.isArray(layers) && layers.every((layer) => layer instanceof Layer)) return;
  const what = Array.isArray(layers)
    ? `has ${show(layers.find((layer) => !(layer instanceof Layer)))}`
    : `is ${show(layers)}`;
  throw new OptionError(`${owner}: ${argument} ${what}, expected a list of layers such as [new Dense({ units: 10 })]`);
}
