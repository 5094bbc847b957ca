import type { Padding } from "../../core/options.js";
import { OptionReader } from "../../core/options.js";
import { type ActivationName, readActivation } from "../activations.js";
import { type Initializer, type InitializerName, initializerOf, nameOfInitializer } from "../initializers.js";
import { Layer } from "../layer.js";
import type { Json, LayerOptions } from "../layerTypes.js";

export type { LayerOptions } from "../layerTypes.js";

/** The options that all layers with a kernel have. */
export interface KernelOptions extends LayerOptions {
  /** The function that is applied to the output. "none" if left out. */
  readonly activation?: ActivationName | undefined;
  /** Whether a weight "bias" is added to each output channel. True if left out. */
  readonly useBias?: boolean | undefined;
  /** How the first values of the kernel are made. "glorotUniform" if left out. */
  readonly kernelInitializer?: Initializer | InitializerName | undefined;
  /** How the first values of the bias are made. "zeros" if left out. */
  readonly biasInitializer?: Initializer | InitializerName | undefined;
}

export const KERNEL_OPTIONS = ["activation", "useBias", "kernelInitializer", "biasInitializer"];

/** The base class of the layers of this library. It refuses options that it does not know. */
export abstract class NamedLayer extends Layer {
  /** @internal */
  protected readonly reader: OptionReader;
  readonly #className: string;

  /**
   * @param layer the name of the class, for messages and files
   * @param known the names of its own options
   * @throws OptionError if an option is unknown, or `name` or `trainable` is invalid
   */
  constructor(layer: string, options: LayerOptions, known: readonly string[] = []) {
    const reader = new OptionReader(layer, options, [...known, "name", "trainable"]);
    super({ trainable: reader.boolean("trainable", true) });
    this.reader = reader;
    this.#className = layer;
    const name = this.reader.given("name");
    if (name === undefined) return;
    if (typeof name !== "string") this.reader.refuse("name", name, "a text without dots");
    this.name = name;
  }

  override get className(): string {
    return isExtended(this.constructor) ? super.className : this.#className;
  }
}

/** Whether a class extends a layer of this library. Names of classes would not tell: a minifier changes them. */
function isExtended(layerClass: object): boolean {
  return "layerName" in layerClass && !Object.hasOwn(layerClass, "layerName");
}

/** The options of a kernel. */
export interface KernelSettings {
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
}

/** @throws OptionError */
export function readKernel(layer: string, reader: OptionReader): KernelSettings {
  return {
    activation: readActivation(reader, "none"),
    useBias: reader.boolean("useBias", true),
    kernelInitializer: readInitializer(layer, reader, "kernelInitializer", "glorotUniform"),
    biasInitializer: readInitializer(layer, reader, "biasInitializer", "zeros"),
  };
}

/** @throws OptionError */
export function readInitializer(
  layer: string,
  reader: OptionReader,
  name: string,
  fallback: InitializerName,
): Initializer {
  return initializerOf(layer, reader.given(name) ?? fallback, name);
}

/** The options of a kernel, for `config`. */
export function kernelConfig({ activation, useBias, kernelInitializer, biasInitializer }: KernelSettings) {
  return {
    ...{ activation, useBias },
    ...initializerConfig("kernelInitializer", kernelInitializer),
    ...initializerConfig("biasInitializer", biasInitializer),
  };
}

/** An initializer, for `config`. A function that has no name is left out: the weights are known when it would run. */
export function initializerConfig(option: string, initializer: Initializer): { readonly [name: string]: Json } {
  const name = nameOfInitializer(initializer);
  return name === undefined ? {} : { [option]: name };
}

/** The padding of a sliding window, as it was given. @throws OptionError */
export function readPadding(reader: OptionReader): Padding {
  const value = reader.given("padding");
  if (value === undefined || value === "valid") return "valid";
  return reader.padding();
}

/** A padding, for `config`. */
export function paddingConfig(padding: Padding): Json {
  return typeof padding === "object" ? [...padding] : padding;
}
