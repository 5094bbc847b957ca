import { show } from "../core/errors.js";

/** A value of a JSON text. An object is a map, in the order of the text. */
export type Json = null | boolean | string | number | OtherNumber | readonly Json[] | ReadonlyMap<string, Json>;

/** A number that is not written with digits only, such as −1, 1.0 and 1e0. It is not accepted as a count. */
export class OtherNumber {
  /** @param text the number as it is written in the JSON */
  constructor(readonly text: string) {}
}

/**
 * The deepest nesting of arrays and objects. It is the limit of Rust's serde_json, which the reference reader of
 * safetensors uses.
 */
const DEEPEST = 127;

/** Where a text stops being JSON. */
export interface JsonFault {
  /** The number of the character, from 0. */
  readonly at: number;
  /** What is wrong with it, in words that follow its place: 'is "}", expected a value'. */
  readonly what: string;
}

/**
 * Parses a JSON text as serde_json does. It refuses three things that `JSON.parse` accepts: the same name twice in one
 * object, half a surrogate pair, and values that are nested deeper than 127 levels. Its time is proportional to the
 * length of the text.
 *
 * @param refuse gets the words for the message and the place, if the text is no JSON there, and throws
 */
export function parseJson(text: string, refuse: (what: string, fault?: JsonFault) => never): Json {
  const reader = new JsonReader(text, refuse);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** A JSON value in a short form for an error message. Numbers are shown as they are written. */
export function showJson(value: Json): string {
  if (value instanceof OtherNumber) return value.text.length > 30 ? `${value.text.slice(0, 30)}…` : value.text;
  if (value instanceof Map) return "an object";
  if (!isArray(value)) return show(value);
  const shown = value.slice(0, 8).map((entry) => (isArray(entry) ? "[…]" : showJson(entry)));
  return `[${shown.join(", ")}${value.length > 8 ? `, … ${value.length} in all` : ""}]`;
}

/** `Array.isArray` does not narrow read-only arrays in TypeScript. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const NUMBER_CHARACTERS = "+-.0123456789Ee";

/** Whether a text has half a surrogate pair. It is not a character, and UTF-8 has no bytes for it. */
export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

class JsonReader {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly refuse: (what: string, fault?: JsonFault) => never,
  ) {}

  /** @param depth the number of arrays and objects around it */
  value(depth: number): Json {
    const first = this.#peek();
    if (first === "{" || first === "[") {
      if (depth === DEEPEST) this.refuse(`the header is nested deeper than ${DEEPEST} levels`);
      return first === "{" ? this.#object(depth) : this.#array(depth);
    }
    if (first === '"') return this.#string();
    for (const [word, meant] of WORDS) {
      if (!this.text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return meant;
    }
    return this.#number();
  }

  end(): void {
    if (this.#peek() !== "") this.#fail("its end");
  }

  #object(depth: number): Json {
    const members = new Map<string, Json>();
    this.#at++;
    if (this.#takes("}")) return members;
    do {
      if (this.#peek() !== '"') this.#fail("a name in quotes");
      const name = this.#string();
      if (members.has(name)) this.refuse(`the header has the name ${show(name)} twice`);
      if (!this.#takes(":")) this.#fail('":"');
      members.set(name, this.value(depth + 1));
    } while (this.#takes(","));
    if (!this.#takes("}")) this.#fail('"," or "}"');
    return members;
  }

  #array(depth: number): Json {
    const entries: Json[] = [];
    this.#at++;
    if (this.#takes("]")) return entries;
    do entries.push(this.value(depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) this.#fail('"," or "]"');
    return entries;
  }

  #string(): string {
    const { text } = this;
    // A loop, because a regular expression fails in some engines after some millions of escapes.
    let end = this.#at + 1;
    while (end < text.length && text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
    const value = this.#scalar(end + 1);
    if (typeof value !== "string") return this.#fail("a string");
    if (hasLoneSurrogate(value)) {
      this.refuse(
        `the header has half a surrogate pair in ${JSON.stringify(value.slice(0, 80))}, which is no character`,
      );
    }
    return value;
  }

  #number(): Json {
    const { text } = this;
    let end = this.#at;
    let digits = true;
    for (; end < text.length && NUMBER_CHARACTERS.includes(text.charAt(end)); end++) digits &&= isDigit(text, end);
    if (end === this.#at) this.#fail("a value");
    const token = text.slice(this.#at, end);
    const value = this.#scalar(end);
    if (!Number.isFinite(value)) this.refuse(`the header has the number ${show(token)}, which no float64 holds`);
    return digits && typeof value === "number" ? value : new OtherNumber(token);
  }

  /** The string or number from here to `end`, as the engine reads it. */
  #scalar(end: number): unknown {
    try {
      const value: unknown = JSON.parse(this.text.slice(this.#at, end));
      this.#at = end;
      return value;
    } catch (error) {
      const at = this.#at;
      const what = `begins a ${this.text.charAt(at) === '"' ? "string" : "number"} that is malformed`;
      this.refuse(`the header is no JSON: ${error instanceof Error ? error.message : error}, at character ${at}`, {
        at,
        what,
      });
    }
  }

  /** The next character that is not white space; "" at the end. */
  #peek(): string {
    while (" \t\n\r".includes(this.text.charAt(this.#at)) && this.#at < this.text.length) this.#at++;
    return this.text.charAt(this.#at);
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #fail(expected: string): never {
    const at = this.#at;
    const got = at < this.text.length ? show(this.text.charAt(at)) : "its end";
    const what = `is ${got}, expected ${expected}`;
    this.refuse(`the header is no JSON: character ${at} ${what}`, { at, what });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const WORDS = [
  ["null", null],
  ["true", true],
  ["false", false],
] as const;

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
