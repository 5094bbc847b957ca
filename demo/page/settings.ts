/**
 * Everything that a visitor has chosen. It lives in the page's address, after the `#`, so that a link shows what its sender saw and no
 * server hears of a picture.
 */

/** A cell of a map, or a position in a filter. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

export const FILTERS = ["vertical", "horizontal", "outline", "sharpen", "blur", "random", "own"] as const;
export const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
export const PAINTINGS = ["rings", "house", "landscape"] as const;
export const POOLINGS = ["max", "average"] as const;
export const DIRECTIONS = ["forward", "backward"] as const;
export const GRADIENTS = ["one", "all"] as const;
export const TIES = ["first", "all"] as const;
export const COMPUTES = ["auto", "webgpu", "wasm", "cpu"] as const;
export const THEMES = ["auto", "light", "dark"] as const;

/** The least and the most that a control offers, and the address may ask for. */
export const RANGES = {
  size: [2, 7],
  seed: [1, 999],
  stride: [1, 4],
  padding: [0, 6],
  dilation: [1, 3],
  window: [1, 4],
  poolStride: [1, 4],
  channel: [0, 2],
} as const satisfies Record<string, readonly [number, number]>;

/** Of a weight's or a bias's magnitude. */
export const MOST_WEIGHT = 9;
/** Height and width of a visitor's own picture. */
export const OWN_PICTURE_SIZE = 32;

export interface Settings {
  readonly picture: (typeof DIGITS)[number] | (typeof PAINTINGS)[number] | "own";
  /** The visitor's own picture: rows of red, green and blue bytes as base64url; "" while there is none. */
  readonly pixels: string;
  readonly filter: (typeof FILTERS)[number];
  /** Height and width of every filter. */
  readonly size: number;
  /** The visitor's own filter in row-major order; empty before it is drawn. */
  readonly weights: readonly number[];
  /** Of the random filter. */
  readonly seed: number;
  readonly bias: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly pooling: (typeof POOLINGS)[number];
  /** Height and width of the pooling window. */
  readonly window: number;
  readonly poolStride: number;
  readonly direction: (typeof DIRECTIONS)[number];
  /** The picture's channel whose numbers are shown. */
  readonly channel: number;
  /** The cell of the feature map that the convolution's window makes, … */
  readonly cell: Cell;
  /** … and that of the pooled map, where the gradient starts, too. */
  readonly pooled: Cell;
  /** Where the output's gradient is 1: in the one pooled cell, or everywhere. */
  readonly gradient: (typeof GRADIENTS)[number];
  /** Who gets a maximum's gradient where several are largest. */
  readonly ties: (typeof TIES)[number];
  /** How many windows of the feature map have passed their gradient on; null for all of them. */
  readonly walked: number | null;
  readonly compute: (typeof COMPUTES)[number];
  readonly theme: (typeof THEMES)[number];
}

export const INITIAL: Settings = {
  picture: "5",
  pixels: "",
  filter: "vertical",
  size: 3,
  weights: [],
  seed: 1,
  bias: 0,
  stride: 1,
  padding: 1,
  dilation: 1,
  pooling: "max",
  window: 2,
  poolStride: 2,
  direction: "forward",
  channel: 0,
  cell: { row: 9, column: 13 },
  pooled: { row: 5, column: 6 },
  gradient: "one",
  ties: "first",
  walked: null,
  compute: "auto",
  theme: "auto",
};

/** How a setting is written in the address. `parse` returns undefined for what is no such value. */
interface Notation<Value> {
  parse(text: string): Value | undefined;
  format(value: Value): string;
}

const NOTATIONS: { readonly [Key in keyof Settings]: Notation<Settings[Key]> } = {
  picture: word([...DIGITS, ...PAINTINGS, "own"]),
  pixels: {
    parse: (text) => (/^[\w-]*$/.test(text) && text.length === 4 * OWN_PICTURE_SIZE ** 2 ? text : undefined),
    format: (text) => text,
  },
  filter: word(FILTERS),
  size: integer(...RANGES.size),
  weights: {
    parse(text) {
      const weights = text.split(",").flatMap((part) => parseDecimal(part) ?? []);
      return weights.length === text.split(",").length && weights.length <= RANGES.size[1] ** 2 ? weights : undefined;
    },
    format: (weights) => weights.join(","),
  },
  seed: integer(...RANGES.seed),
  bias: { parse: parseDecimal, format: String },
  stride: integer(...RANGES.stride),
  padding: integer(...RANGES.padding),
  dilation: integer(...RANGES.dilation),
  pooling: word(POOLINGS),
  window: integer(...RANGES.window),
  poolStride: integer(...RANGES.poolStride),
  direction: word(DIRECTIONS),
  channel: integer(...RANGES.channel),
  cell: cell(),
  pooled: cell(),
  gradient: word(GRADIENTS),
  ties: word(TIES),
  walked: {
    parse: (text) => integer(0, 99_999).parse(text),
    format: (value) => (value === null ? "" : String(value)),
  },
  compute: word(COMPUTES),
  theme: word(THEMES),
};

function word<const Words extends readonly string[]>(words: Words): Notation<Words[number]> {
  return { parse: (text) => words.find((known) => known === text), format: (value) => value };
}

function integer(least: number, most: number): Notation<number> {
  const parse = (text: string) => {
    const value = Number(text);
    return /^\d{1,5}$/.test(text) && value >= least && value <= most ? value : undefined;
  };
  return { parse, format: String };
}

/** A cell beyond its map is moved to the edge by whoever knows the map. */
function cell(): Notation<Cell> {
  return {
    parse(text) {
      const [, row, column] = /^(\d{1,3})-(\d{1,3})$/.exec(text) ?? [];
      return row && column ? { row: Number(row), column: Number(column) } : undefined;
    },
    format: ({ row, column }) => `${row}-${column}`,
  };
}

function parseDecimal(text: string): number | undefined {
  const value = Number(text);
  return /^-?\d+(\.\d+)?$/.test(text) && Math.abs(value) <= MOST_WEIGHT ? value : undefined;
}

const isSetting = (name: string): name is keyof Settings => Object.hasOwn(NOTATIONS, name);

/** The settings that an address asks for; what it does not name, or names wrongly, is as at first. */
export function parseSettings(hash: string): Settings {
  const settings: { -readonly [Key in keyof Settings]: Settings[Key] } = { ...INITIAL };
  const read = <Key extends keyof Settings>(key: Key, text: string) => {
    settings[key] = NOTATIONS[key].parse(text) ?? INITIAL[key];
  };
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) if (isSetting(name)) read(name, text);
  return settings;
}

/** The part of an address, without its `#`, that asks for these settings: only what differs from the first ones. */
export function formatSettings(settings: Settings): string {
  const parts: string[] = [];
  const write = <Key extends keyof Settings>(key: Key) => {
    const text = NOTATIONS[key].format(settings[key]);
    if (text !== NOTATIONS[key].format(INITIAL[key])) parts.push(`${key}=${text}`);
  };
  for (const name of Object.keys(NOTATIONS)) if (isSetting(name)) write(name);
  return parts.join("&");
}
