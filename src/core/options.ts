import { nearestName, OptionError, type Synonyms, show } from "./errors.js";
import type { OutputShapeRounding, Padding4, PaddingRequest } from "./geometry.js";

/** `[height, width]`, or one number for both. */
export type Pair = number | readonly [number, number];

/** `[beginHeight, endHeight, beginWidth, endWidth]`, one number for all four sides, `"same"` or `"valid"`. */
export type Padding = number | Padding4 | "same" | "valid";

/** The options of an operator that has none. It checks them as all operators do, so an unknown name is an error. */
export type NoOptions = Readonly<Record<string, never>>;

/** Words of PyTorch for options, for "did you mean". */
const SYNONYMS: Synonyms = new Map([
  ["lr", "learningRate"],
  ["bias", "useBias"],
  ["affine", "scale"],
]);

/**
 * Reads the options of one call. An error of any method names the operator and the option. An option that is
 * `undefined` counts as left out. Options may also come from prototypes and getters.
 */
export class OptionReader {
  readonly #operator: string;
  /** What comes before the name of an option in messages: "augment." if they are in the argument `augment`. */
  readonly #path: string;
  readonly #options: ReadonlyMap<string, unknown>;

  /**
   * @param argument the caller's name for the options
   * @throws OptionError if they are not an object, or have a name that is not in `known`
   */
  constructor(operator: string, options: unknown, known: readonly string[], argument = "options") {
    this.#operator = operator;
    this.#path = /^[\w.[\]]+$/.test(argument) && argument !== "options" ? `${argument}.` : "";
    if (!holdsOptions(options)) {
      const example = known.length > 0 ? ` such as { ${known[0]}: … }` : "";
      throw new OptionError(`${operator}: ${argument} must be an object${example}, got ${show(options)}`);
    }
    const names = namesOf(options);
    for (const name of names) {
      if (known.includes(name)) continue;
      const nearest = nearestName(name, known, SYNONYMS);
      const others = known.length > 0 ? `known are ${known.join(", ")}` : "it takes none";
      throw new OptionError(
        `${operator}: unknown option ${this.#path}${name}; ${nearest ? `did you mean ${nearest}?` : others}`,
      );
    }
    // Values are read only now, because a getter of an object that holds no options might do anything.
    this.#options = new Map(names.map((name) => [name, Reflect.get(options, name)]));
  }

  /** Two integers of at least `least`. */
  pair(name: string, least: number, fallback?: readonly [number, number]): readonly [number, number] {
    const value = this.#options.get(name);
    if (value === undefined && fallback) return fallback;
    const [height, width, ...rest] = Array.isArray(value) ? value : [value, value];
    if (!isInteger(height, least) || !isInteger(width, least) || rest.length > 0) {
      this.refuse(name, value, `one integer ≥ ${least} or [height, width]`);
    }
    return [height, width];
  }

  /** An integer of at least `least`. Required if there is no fallback. */
  integer(name: string, least: number, fallback?: number): number {
    const value = this.#get(name, fallback);
    if (!isInteger(value, least)) this.refuse(name, value, `an integer ≥ ${least}`);
    return value;
  }

  number(name: string, fallback: number): number {
    const value = this.#get(name, fallback);
    if (typeof value !== "number") this.refuse(name, value, "a number");
    return value;
  }

  /** A number that is finite as float32. */
  finiteNumber(name: string, fallback: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === "number" && Number.isFinite(Math.fround(value))) return value;
    this.refuse(name, value, "a finite number in the range of float32");
  }

  /** A number of at least `least` and below `below`. Required if there is no fallback. */
  numberFrom(name: string, least: number, below: number, fallback?: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === "number" && value >= least && value < below) return value;
    this.refuse(name, value, `a number in [${least}, ${below})`);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#get(name, fallback);
    if (typeof value !== "boolean") this.refuse(name, value, "true or false");
    return value;
  }

  word<Word extends string>(name: string, words: readonly Word[], fallback?: Word, synonyms?: Synonyms): Word {
    const value = this.#options.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const nearest = typeof value === "string" ? nearestName(value, words, synonyms) : undefined;
    this.refuse(name, value, words.map(show).join(" or "), nearest && `did you mean ${show(nearest)}?`);
  }

  /** An option that no other method reads. The operator checks it, and calls `refuse` if it is wrong. */
  given(name: string): unknown {
    return this.#options.get(name);
  }

  rounding(): OutputShapeRounding {
    return this.word("outputShapeRounding", ["floor", "ceil"], "floor");
  }

  /** The padding of a sliding window. `"valid"` gives zeros. */
  padding(): PaddingRequest {
    const value = this.#options.get("padding");
    if (value === "same") return value;
    if (value === undefined || value === "valid") return [0, 0, 0, 0];
    return this.#sides("padding", '"same", "valid", ');
  }

  /** Numbers for the four sides of an image. Required. */
  sides(name: string): Padding4 {
    return this.#sides(name, "");
  }

  #get(name: string, fallback: unknown): unknown {
    const value = this.#options.get(name);
    return value === undefined ? fallback : value;
  }

  #sides(name: string, words: string): Padding4 {
    const value = this.#options.get(name);
    const [top, bottom, left, right, ...rest] = Array.isArray(value) ? value : [value, value, value, value];
    if (!isInteger(top, 0) || !isInteger(bottom, 0) || !isInteger(left, 0) || !isInteger(right, 0) || rest.length > 0) {
      this.refuse(name, value, `${words}one integer ≥ 0 or [beginHeight, endHeight, beginWidth, endWidth]`);
    }
    return [top, bottom, left, right];
  }

  /** @throws OptionError */
  refuse(name: string, value: unknown, expected: string, advice?: string): never {
    const option = `${this.#path}${name}`;
    const what = value === undefined ? `${option} is required:` : `${option} is ${show(value)},`;
    throw new OptionError(`${this.#operator}: ${what} expected ${expected}${advice ? `; ${advice}` : ""}`);
  }
}

/**
 * Copies options that an OptionReader has taken, and the arrays in them. An operator that needs its options again for
 * its gradients keeps such a copy, because the caller may change the object.
 */
export function copyOptions<Options extends object>(options: Options): Options {
  const copy: Options = Object.create(null);
  for (const name of namesOf(options)) {
    const value: unknown = Reflect.get(options, name);
    Object.assign(copy, { [name]: Array.isArray(value) ? [...value] : value });
  }
  return copy;
}

/**
 * An array, a map or a promise has no options among its properties. It would count as an object without options.
 */
function holdsOptions(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value || "then" in value);
}

/**
 * The names that an object and its prototypes have, except those of every object. The methods of a class are not
 * options.
 */
function namesOf(options: object): readonly string[] {
  const names = new Set<string>();
  for (let owner = options; owner !== null && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      const { enumerable, value } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
      // The last is a getter that every object of another window has.
      if (enumerable || (typeof value !== "function" && name !== "__proto__")) names.add(name);
    }
  }
  return [...names];
}

/** Checks the options of an operator that has none. @throws OptionError */
export function checkNoOptions(operator: string, options: unknown): void {
  new OptionReader(operator, options, []);
}

/** Whether `value` is an integer of at least `least`. */
export function isInteger(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}
