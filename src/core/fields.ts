import { show } from "./errors.js";

/** The numbers that JSON lacks, as texts. A loss that overflowed is one. */
const BEYOND_JSON = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((number) => [String(number), number]),
);

/** JSON in which NaN and ±Infinity are texts. `Fields` reads them as numbers again. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? String(each) : each,
  );
}

/** A field is not as expected. The reader of a format turns it into an error of its own. */
export class Misfit extends Error {}

/** Reads the fields of an object that came out of JSON. Its methods throw Misfit. It ignores fields that it is not asked for. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  /** @param where the name of the object in messages */
  constructor(value: unknown, where = "it") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Misfit(`${where} is ${show(value)}, expected an object`);
    }
    this.#values = new Map(Object.entries(value));
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  isNull(name: string): boolean {
    return this.#values.get(name) === null;
  }

  /** The value as it is. */
  value(name: string): unknown {
    return this.#values.get(name);
  }

  fields(name: string): Fields {
    return new Fields(this.#values.get(name), name);
  }

  /** @param most the largest number of entries */
  list(name: string, most: number): readonly unknown[] {
    const value: unknown = this.#values.get(name);
    if (!Array.isArray(value)) return this.refuse(name, "a list");
    if (value.length > most) throw new Misfit(`${name} has ${value.length} entries, expected at most ${most}`);
    return value;
  }

  /** Any number, also NaN and ±Infinity. */
  number(name: string): number {
    const number = numberOf(this.#values.get(name));
    return number ?? this.refuse(name, "a number");
  }

  /** A list of numbers. @param most the largest number of entries */
  numbers(name: string, most: number): readonly number[] {
    return this.list(name, most).map((entry, i) => {
      const number = numberOf(entry);
      if (number === undefined) throw new Misfit(`${name}[${i}] is ${show(entry)}, expected a number`);
      return number;
    });
  }

  /** A finite number ≥ 0. */
  amount(name: string): number {
    const number = this.number(name);
    return Number.isFinite(number) && number >= 0 ? number : this.refuse(name, "a finite number ≥ 0");
  }

  /** An integer from `least` to `most`. */
  count(name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const number = numberOf(this.#values.get(name));
    if (number !== undefined && Number.isSafeInteger(number) && number >= least && number <= most) return number;
    return this.refuse(
      name,
      most === Number.MAX_SAFE_INTEGER ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`,
    );
  }

  boolean(name: string): boolean {
    const value = this.#values.get(name);
    return typeof value === "boolean" ? value : this.refuse(name, "true or false");
  }

  /** @param longest the largest number of UTF-16 units */
  text(name: string, longest = Number.POSITIVE_INFINITY): string {
    const value = this.#values.get(name);
    if (typeof value !== "string") return this.refuse(name, "a text");
    if (value.length <= longest) return value;
    throw new Misfit(`${name} has ${value.length} characters, expected at most ${longest}`);
  }

  /** A text that a regular expression matches. @param form the same in words */
  pattern(name: string, pattern: RegExp, form: string): string {
    const value = this.#values.get(name);
    return typeof value === "string" && pattern.test(value) ? value : this.refuse(name, form);
  }

  /** One of some words. */
  word<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.#values.get(name);
    const found = words.find((word) => word === value);
    return found ?? this.refuse(name, words.map(show).join(" or "));
  }

  refuse(name: string, expected: string): never {
    throw new Misfit(`${name} is ${show(this.#values.get(name))}, expected ${expected}`);
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? BEYOND_JSON.get(value) : undefined;
}
