import { show } from "../../core/errors.js";
import type { Place } from "./place.js";
import type { Problems } from "./problems.js";
import type { Writer } from "./writer.js";

/** Options of every layer that concern its name, its first build, or only training. The loaded model does not need them. */
const UNUSED = new Set([
  ...["name", "trainable", "dtype", "batch_input_shape", "batch_shape", "input_shape", "input_dtype", "input_spec"],
  ...["autocast", "seed", "build_config", "sparse", "ragged", "weights"],
]);
/** How the values of weights began, and what the loss added for them. */
const OF_TRAINING = /_(initializer|regularizer|constraint)$/;

/**
 * Reads the options of one layer. Values of a wrong kind make the file malformed. Values that this library cannot express
 * are noted as problems.
 */
export class ConfigReader {
  readonly #read = new Set<string>();

  constructor(
    readonly layer: string,
    readonly className: string,
    readonly config: Place,
    readonly problems: Problems,
    readonly writer: Writer,
  ) {}

  get(name: string): Place {
    this.#read.add(name);
    return this.config.get(name);
  }

  problem(what: string): void {
    this.problems.add(this.layer, this.className, what);
  }

  integer(name: string, least: number, fallback?: number): number {
    const place = this.get(name);
    return place.isNothing && fallback !== undefined ? fallback : place.integer(least);
  }

  number(name: string, fallback: number): number {
    const place = this.get(name);
    return place.isNothing ? fallback : place.number();
  }

  /** A number in [0, 1). */
  share(name: string, fallback: number): number {
    const value = this.number(name, fallback);
    if (value >= 0 && value < 1) return value;
    this.problem(`${name} is ${value}, expected a number in [0, 1)`);
    return 0;
  }

  boolean(name: string, fallback: boolean): boolean {
    const place = this.get(name);
    return place.isNothing ? fallback : place.boolean();
  }

  /** A number for both axes, or one for each. */
  pair(name: string, fallback?: readonly [number, number]): readonly [number, number] {
    const place: Place = this.get(name);
    if (place.isNothing && fallback) return fallback;
    if (!place.isList) {
      const value = place.integer(1);
      return [value, value];
    }
    const [height, width, ...rest] = place.list();
    if (!height || rest.length > 0) place.refuse("one or two integers ≥ 1");
    return [height.integer(1), (width ?? height).integer(1)];
  }

  word<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const place = this.get(name);
    const found = place.isNothing ? fallback : words.find((word) => word === place.value);
    if (found !== undefined) return found;
    this.problem(`${name} is ${show(place.value)}, expected ${words.map((word) => show(word)).join(" or ")}`);
    return fallback;
  }

  /** An option that must have one of these values, or be left out. */
  only(name: string, ...values: readonly unknown[]): void {
    const place = this.get(name);
    if (place.isNothing || values.includes(place.value)) return;
    this.problem(
      `${name} is ${show(place.value)}, expected ${values.length > 0 ? values.map((value) => show(value)).join(" or ") : "none"}`,
    );
  }

  /** Options that do not change the function of the layer. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** An axis, or a list of one. */
  axis(name: string, fallback: number): number {
    const place = this.get(name);
    if (place.isNothing) return fallback;
    const entries = place.isList ? place.list() : [place];
    const [axis, ...rest] = entries;
    if (!axis || rest.length > 0) {
      this.problem(`${name} is ${show(place.value)}, expected one axis`);
      return fallback;
    }
    return axis.integer(Number.MIN_SAFE_INTEGER);
  }

  /** Images are [N, H, W, C] here. */
  channelsLast(): void {
    this.only("data_format", "channels_last");
  }

  /** Notes the options that nobody read. */
  finish(): void {
    for (const [name, place] of this.config.entries()) {
      if (this.#read.has(name) || UNUSED.has(name) || OF_TRAINING.test(name) || place.isNothing) continue;
      this.problem(`its option ${name} = ${show(place.value)} is not known`);
    }
    const dtype = dtypeOf(this.config.get("dtype"));
    if (dtype !== undefined && !KNOWN_TYPES.has(dtype)) this.problem(`its dtype is ${show(dtype)}, expected "float32"`);
  }
}

/** Those that are computed in float32 here, which is no less exact. */
const KNOWN_TYPES = new Set([
  ...["float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"],
  ...["int32", "int64", "int16", "int8", "uint8", "uint16", "bool"],
]);

/** A name, or Keras 3's policy of this name. */
function dtypeOf(place: Place): string | undefined {
  if (place.isNothing) return undefined;
  if (!place.isObject) return place.text();
  const name = place.get("config").get("name");
  return name.isNothing ? place.get("class_name").text() : name.text();
}
