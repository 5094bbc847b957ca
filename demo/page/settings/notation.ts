import { jobOf, serversOf } from "../join/address.js";
import {
  ACTIVATIONS,
  BATCH_SIZES,
  type Block,
  type Cell,
  COMPUTES,
  DATA,
  DIRECTIONS,
  DROPOUTS,
  INITIAL,
  KERNEL_SIZES,
  LENDS,
  OPTIMIZERS,
  PACES,
  PADDINGS,
  POOLS,
  RANGES,
  RATES,
  ROOMS,
  SCALES,
  type Settings,
  THEMES,
} from "./settings.js";

/** How a setting is written in the address. */
interface Notation<Value> {
  /** @returns undefined for a text that means nothing */
  parse(text: string): Value | undefined;
  format(value: Value): string;
}

const NOTATIONS: { readonly [Key in keyof Settings]: Notation<Settings[Key]> } = {
  room: word(ROOMS),
  data: word(DATA),
  blocks: blocks(),
  activation: word(ACTIVATIONS),
  optimizer: word(OPTIMIZERS),
  rate: oneOf(RATES),
  batch: oneOf(BATCH_SIZES),
  dropout: oneOf(DROPOUTS),
  seed: integer(...RANGES.seed),
  pace: oneOf(PACES),
  steps: integer(...RANGES.steps),
  example: integer(...RANGES.example),
  item: integer(...RANGES.item),
  drawing: drawing(),
  station: { parse: (text) => (/^([zap][1-3]|x|scores|loss)$/.test(text) ? text : undefined), format: String },
  map: integer(...RANGES.map),
  source: integer(...RANGES.map),
  cell: cell(),
  direction: word(DIRECTIONS),
  guide: integer(...RANGES.guide),
  scale: oneOf(SCALES),
  compute: word(COMPUTES),
  theme: word(THEMES),
  servers: { parse: (text) => serversOf(text)?.join(), format: String },
  job: { parse: jobOf, format: String },
  lend: word(LENDS),
};

function word<const Words extends readonly string[]>(words: Words): Notation<Words[number]> {
  return { parse: (text) => words.find((known) => known === text), format: (value) => value };
}

function oneOf<const Values extends readonly number[]>(values: Values): Notation<Values[number]> {
  return { parse: (text) => values.find((known) => String(known) === text), format: String };
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

const DRAWING_BYTES = 28 * 28;
/** Base64 writes three bytes as four letters. */
const DRAWING_LETTERS = Math.ceil((4 * DRAWING_BYTES) / 3);

function drawing(): Notation<string> {
  return {
    parse: (text) => (/^[\w-]*$/.test(text) && [0, DRAWING_LETTERS].includes(text.length) ? text : undefined),
    format: (text) => text,
  };
}

/** Such as `6x5-same-max` or, with a stride of 2, `8x3s2-valid-none`; with commas between them. */
function blocks(): Notation<readonly Block[]> {
  const [fewest, most] = RANGES.blocks;
  return {
    parse(text) {
      const parsed = text.split(",").map(parseBlock);
      const known = parsed.filter((block) => block !== undefined);
      return known.length === parsed.length && known.length >= fewest && known.length <= most ? known : undefined;
    },
    format: (list) =>
      list
        .map(({ filters, size, stride, padding, pool }) => {
          return `${filters}x${size}${stride === 1 ? "" : `s${stride}`}-${padding}-${pool}`;
        })
        .join(","),
  };
}

function parseBlock(text: string): Block | undefined {
  const [, filters = "", size = "", stride = "1", padding = "", pool = ""] =
    /^(\d{1,2})x(\d)(?:s(\d))?-(\w+)-(\w+)$/.exec(text) ?? [];
  const block = {
    filters: integer(...RANGES.filters).parse(filters),
    size: oneOf(KERNEL_SIZES).parse(size),
    stride: integer(...RANGES.stride).parse(stride),
    padding: word(PADDINGS).parse(padding),
    pool: word(POOLS).parse(pool),
  };
  return isWhole(block) ? block : undefined;
}

type Parsed<Type> = { readonly [Key in keyof Type]: Type[Key] | undefined };

function isWhole<Type extends object>(parsed: Parsed<Type>): parsed is Type {
  return Object.values(parsed).every((value) => value !== undefined);
}

const isSetting = (name: string): name is keyof Settings => Object.hasOwn(NOTATIONS, name);

/** The settings that an address asks for. What it does not name, or names wrongly, is as at first. */
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
