import { FileFormatError, show } from "../../core/errors.js";
import { isInteger } from "../../core/options.js";

/** The deepest nesting of what is read. Models have a few levels. */
const DEEPEST = 64;

/** A value of a file, and where in the file it is. Its methods throw a FileFormatError if the value is of another kind. */
export class Place {
  constructor(
    readonly operator: string,
    /** Such as `modelTopology.config.layers[3]`. */
    readonly path: string,
    readonly value: unknown,
    private readonly depth = 0,
  ) {}

  get isObject(): boolean {
    return typeof this.value === "object" && this.value !== null && !Array.isArray(this.value);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** Whether there is no value. */
  get isNothing(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A value of the object. Its own value is undefined if there is none of the name. */
  get(name: string): Place {
    const { value } = this;
    if (!isPlainObject(value)) this.refuse("an object");
    // What an object inherits is not in the file.
    return this.#inside(`${this.path}.${name}`, Object.hasOwn(value, name) ? value[name] : undefined);
  }

  /** The first of the names that has a value. */
  first(...names: readonly string[]): Place {
    const found = names.map((name) => this.get(name)).find((place) => !place.isNothing);
    return found ?? this.get(names[0] ?? "");
  }

  entries(): readonly (readonly [name: string, place: Place])[] {
    const { value } = this;
    if (!isPlainObject(value)) this.refuse("an object");
    return Object.keys(value).map((name) => [name, this.get(name)] as const);
  }

  list(): readonly Place[] {
    const { value } = this;
    if (!Array.isArray(value)) this.refuse("a list");
    return value.map((entry: unknown, i) => this.#inside(`${this.path}[${i}]`, entry));
  }

  text(): string {
    if (typeof this.value !== "string") this.refuse("a text");
    return this.value;
  }

  integer(least: number): number {
    if (!isInteger(this.value, least)) this.refuse(`an integer ≥ ${least}`);
    return this.value;
  }

  number(): number {
    if (typeof this.value !== "number") this.refuse("a number");
    return this.value;
  }

  boolean(): boolean {
    if (typeof this.value !== "boolean") this.refuse("true or false");
    return this.value;
  }

  /** @throws FileFormatError */
  refuse(expected: string): never {
    throw new FileFormatError(`${this.operator}: ${this.path} is ${show(this.value)}, expected ${expected}`);
  }

  #inside(path: string, value: unknown): Place {
    if (this.depth === DEEPEST) {
      throw new FileFormatError(`${this.operator}: ${path.slice(0, 80)}… is nested deeper than ${DEEPEST} levels`);
    }
    return new Place(this.operator, path, value, this.depth + 1);
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
