import { BackendLostError, OptionError, OutOfMemoryError, show } from "../../core/errors.js";
import { Layer } from "../layer.js";
import { BUILT_IN_LAYERS } from "./builtInLayers.js";
import { knownLayers, type LayerClass } from "./knownLayers.js";

/** Whether a class is one of this library, not a user's. */
export function isLibraryClass(layerClass: LayerClass): boolean {
  return BUILT_IN_LAYERS.some(([, known]) => known === layerClass) || [...knownLayers().values()].includes(layerClass);
}

/**
 * Makes a layer of a user's class again.
 *
 * @throws OptionError if its constructor throws, or takes options that the class's `config` does not give
 */
export function constructOwn(operator: string, name: string, layerClass: LayerClass, config: unknown): unknown {
  const hasConfig = Layer.prototype.config !== layerClass.prototype?.config;
  const missed = new Set<string>();
  const watched = new Proxy(Object(config), {
    get(options, option) {
      // The name and `trainable` are in the file anyway.
      if (typeof option === "string" && option !== "name" && option !== "trainable") missed.add(option);
      return Reflect.get(options, option);
    },
  });
  const refusal = (what: string, cause?: unknown) =>
    new OptionError(`${operator}: the class ${name} ${what}`, { cause });
  let layer: unknown;
  try {
    layer = Reflect.construct(layerClass, [hasConfig ? config : watched]);
  } catch (cause) {
    throw refusal(
      `cannot be made from its config ${shownNames(config)}: ${messageOf(cause)}; does its config() give the options of its constructor, in one object?`,
      cause,
    );
  }
  if (missed.size === 0) return layer;
  throw refusal(
    `takes ${[...missed].map(show).join(", ")}, but has no config() that gives it, so the file does not hold it; write one, and save again`,
  );
}

/**
 * If a file has layers of the user's, an error that names them as a possible cause. Errors of the device stay as they
 * are.
 */
export function withOwnLayers(operator: string, error: unknown, names: readonly string[]): unknown {
  if (names.length === 0 || error instanceof BackendLostError || error instanceof OutOfMemoryError) return error;
  return new OptionError(
    `${operator}: ${messageOf(error)}; the file has layers of your own (${names.join(", ")}): does config() give the options of their constructors, in one object?`,
    { cause: error },
  );
}

function shownNames(config: unknown): string {
  const names = Object.keys(Object(config));
  return names.length === 0 ? "{}" : `{ ${names.join(", ")} }`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error);
}
