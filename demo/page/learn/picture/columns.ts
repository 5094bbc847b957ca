/** The network as columns from left to right: what stands where. */
import type { Architecture, Station } from "../../network/architecture.js";
import { arrange, type Field, type Group, groupAt, poolSide, type Strip, stripOf } from "./geometry.js";

/** Where a column's words stand. */
export interface Place {
  readonly x: number;
  readonly width: number;
}

export interface BlockPlaces {
  readonly convolution: Place;
  /** Undefined where the column is left out. */
  readonly activation: Place | undefined;
  readonly pool: Place;
}

export interface Columns extends Field {
  readonly blocks: readonly BlockPlaces[];
  readonly dense: Place;
  readonly prediction: Place;
  /** Of the words above the columns. */
  readonly headHeight: number;
  /** Stations whose columns are left out, because they found no place. */
  readonly leftOut: readonly string[];
}

/** How much is drawn, and how large. */
interface Level {
  /** The largest side of a map. */
  readonly map: number;
  /** Pixels a cell, at most: of the first kernels, of later ones, of the dense layer's. */
  readonly cells: readonly [first: number, later: number, dense: number];
  /** In how many lines the kernels of one map may stand, but for the first ones. */
  readonly lines: number;
  /** Which columns may be missing, by their letters: of the first block, and of the later ones. */
  readonly without: readonly [first: string, later: string];
  readonly words: Words;
}

/** The least widths of columns, so that their words find place, and the least gaps. */
interface Words {
  readonly convolution: number;
  readonly map: number;
  readonly pool: number;
  readonly dense: number;
  readonly prediction: number;
  /** Of the prediction, where classes have names. */
  readonly named: number;
  readonly picture: number;
  readonly fan: number;
  readonly link: number;
  readonly height: number;
}

const WIDE: Words = {
  ...{ convolution: 160, map: 52, pool: 64, dense: 132, prediction: 132, named: 176 },
  ...{ picture: 40, fan: 34, link: 14, height: 84 },
};
const NARROW: Words = {
  ...{ convolution: 112, map: 52, pool: 60, dense: 100, prediction: 116, named: 150 },
  ...{ picture: 26, fan: 24, link: 12, height: 108 },
};

/** From the richest to the barest. */
const LEVELS: readonly Level[] = [
  { map: 60, cells: [8, 4, 3], lines: 1, without: ["", ""], words: WIDE },
  { map: 60, cells: [8, 3, 3], lines: 1, without: ["", ""], words: WIDE },
  { map: 60, cells: [7, 4, 4], lines: 2, without: ["", ""], words: WIDE },
  { map: 60, cells: [7, 3, 3], lines: 2, without: ["", ""], words: WIDE },
  { map: 60, cells: [7, 3, 3], lines: 1, without: ["", "za"], words: WIDE },
  { map: 60, cells: [6, 3, 3], lines: 2, without: ["", "za"], words: WIDE },
  { map: 60, cells: [6, 3, 3], lines: 2, without: ["", "za"], words: NARROW },
  { map: 60, cells: [6, 3, 3], lines: 2, without: ["z", "za"], words: NARROW },
  { map: 60, cells: [6, 2, 2], lines: 2, without: ["za", "za"], words: NARROW },
];

export const PICTURE_WIDTH = 168;
const LEAST_HEIGHT = 432;
const LARGEST_HEIGHT = 512;
const LEAST_PITCH = 32;
/** Of the tallest maps that are drawn with two pixels a cell. */
const LARGEST_CELL = 12;
/** Of the dense layer's weights, where its column stands by itself. */
const LARGEST_DENSE_CELL = 5;
/** The widths of the activations' names. */
const HEADINGS = { relu: 52, leakyRelu: 100, tanh: 52, sigmoid: 78 };
const WIDEST_ROW = 216;

/** What a prediction needs for its words to stand in one line, beyond the least; and the most that its bars may use. */
const PREDICTION = { words: 76, most: 320 };
/** What gaps grow to, where there is room. */
const WIDEST_GAPS = { picture: 72, fan: 104, link: 36 };
const START_GAP = 8;
/** Wide enough for the words below them. */
const FIRST_KERNELS = 34;
const START_KERNELS = 32;
const BEFORE_PREDICTION = 16;

/** Characters of the longest class that need no more room than a digit's. */
const SHORT_NAME = 2;

interface Part {
  readonly key: string;
  readonly role: Strip["role"] | "empty";
  readonly station: Station;
  /** What the tiles look like, and how many a group has. */
  readonly shape: readonly [rows: number, columns: number];
  readonly tiles: number;
  readonly largest: number;
  readonly width: number;
  readonly gap: keyof typeof WIDEST_GAPS | "start";
}

/**
 * Lays the network out in columns.
 *
 * @param width of everything, with the picture before the columns. They are counted from its right edge.
 * @param grain the side of a pixel of the screen, at most 1
 * @returns undefined if the columns find no place
 */
export function layOutColumns(
  architecture: Architecture,
  stations: readonly Station[],
  classes: readonly string[],
  width: number,
  grain = 1,
): Columns | undefined {
  const height = heightFor(stations);
  for (const level of LEVELS) {
    const parts = partsOf(architecture, stations, level, height, grain);
    const named = classes.some((name) => name.length > SHORT_NAME);
    const { words } = level;
    const prediction = named ? words.named : words.prediction;
    const least =
      PICTURE_WIDTH + sum(parts.map((part) => part.width + gapOf(words, part.gap, 0))) + BEFORE_PREDICTION + prediction;
    if (least <= width) {
      const room = { height, width: width - PICTURE_WIDTH, spare: width - least, prediction, grain };
      return place(parts, stations, words, room);
    }
  }
  return undefined;
}

/** Tall enough for the most maps, and for large maps at two pixels a cell. */
function heightFor(stations: readonly Station[]): number {
  const needs = stations.map(({ maps, height, kind }) => {
    const large = maps * (2 * height + 4);
    const maps2d = kind === "convolution" || kind === "activation";
    return Math.max(maps * LEAST_PITCH, maps2d && large <= LARGEST_HEIGHT ? large : 0);
  });
  return Math.max(LEAST_HEIGHT, ...needs);
}

function partsOf(
  { blocks, activation }: Architecture,
  stations: readonly Station[],
  { map, cells, lines, without, words }: Level,
  height: number,
  grain: number,
): Part[] {
  const find = (name: string) => stations.find((station) => station.name === name);
  const parts: Part[] = [];
  const add = (part: Omit<Part, "width">, least = 0, most = WIDEST_ROW) => {
    const fitted = arrange(part.tiles, part.shape, { ...roomIn(part, height, grain), width: most });
    parts.push({ ...part, width: Math.max(least, part.role === "empty" ? 0 : fitted.width) });
  };
  const addMaps = (station: Station, least: number, side = map) => {
    const largest = Math.max(grain, Math.min(LARGEST_CELL, Math.floor(side / station.width / grain) * grain));
    const shape = [station.height, station.width] as const;
    const maps = { key: station.name, role: "maps", station, shape, tiles: 1, largest, gap: "link" } as const;
    add(maps, least, Math.max(side, station.width) + 4);
  };
  for (const [i, { size, pool }] of blocks.entries()) {
    const block = i + 1;
    const z = find(`z${block}`);
    const a = find(`a${block}`);
    const before = stations[stations.findIndex(({ name }) => name === `z${block}`) - 1];
    if (!z || !a || !before) continue;
    const kernels = { station: z, shape: [size, size], tiles: before.maps } as const;
    const first = block === 1;
    const missing = without[first ? 0 : 1];
    if (first)
      add({ key: "s1", role: "start", ...kernels, largest: Math.ceil(cells[0] / 2), gap: "picture" }, START_KERNELS);
    const weights = { key: `w${block}`, role: "weights", ...kernels, largest: cells[first ? 0 : 1] } as const;
    if (first) add({ ...weights, gap: "start" }, FIRST_KERNELS);
    else add({ ...weights, gap: "fan" }, 0, widthIn(lines, weights));
    if (!missing.includes("z")) addMaps(z, words.map);
    widen(parts, words, first ? "s1" : `w${block}`);
    // Without a pool, the activation's maps are what the next layer reads.
    if (pool === "none" || !missing.includes("a")) addMaps(a, HEADINGS[activation]);
    const p = find(`p${block}`);
    // Smaller than the maps that it reads.
    if (p) addMaps(p, words.pool, poolSide(sideOf(a, height, map, grain)));
    else {
      const nothing = { role: "empty", station: a, shape: [1, 1], tiles: 1, largest: 1, gap: "link" } as const;
      add({ key: `p${block}`, ...nothing }, words.pool);
    }
  }
  const dense = densePart(stations, cells[2]);
  if (dense) add(dense, words.dense, widthIn(lines, dense));
  return parts;
}

/** What kernels need to stand in so many lines, with their largest cells. */
function widthIn(lines: number, { tiles, shape, largest }: Pick<Part, "tiles" | "shape" | "largest">): number {
  return Math.min(WIDEST_ROW, Math.ceil(tiles / lines) * (shape[1] * largest + 1) + 1);
}

/** A row of weights for each class: as many maps of them as the last maps that there are. */
function densePart(stations: readonly Station[], largest: number): Omit<Part, "width"> | undefined {
  const station = stations.find(({ name }) => name === "scores");
  const last = stations.at(-3);
  if (!station || !last) return undefined;
  const shape = [last.height, last.width] as const;
  return { key: "dense", role: "weights", station, shape, tiles: last.maps, largest, gap: "fan" };
}

/** The dense layer's column by itself. */
export function denseColumn(stations: readonly Station[], width: number, height: number, grain: number): Strip[] {
  const part = densePart(stations, LARGEST_DENSE_CELL);
  return part ? [columnOf({ ...part, width }, "weights", 0, height, grain)] : [];
}

/** The side of a station's maps as they are drawn. */
function sideOf(station: Station, height: number, most: number, grain: number): number {
  const room = Math.min(most / station.width, (height / station.maps - 3) / station.height, LARGEST_CELL);
  return station.width * Math.max(grain, Math.floor(room / grain) * grain);
}

/** Gives the convolution's columns, from `key` to the last, at least so much width. */
function widen(parts: Part[], words: Words, key: string): void {
  const from = parts.findIndex((part) => part.key === key);
  const columns = parts.slice(from);
  const width = sum(columns.map((part, i) => part.width + (i > 0 ? gapOf(words, part.gap, 0) : 0)));
  const target = parts.findIndex((part, i) => i >= from && part.role === "weights");
  const part = parts[target];
  if (part && width < words.convolution) parts[target] = { ...part, width: part.width + words.convolution - width };
}

const roomIn = ({ station, largest }: Pick<Part, "station" | "largest">, height: number, grain: number) => ({
  largest,
  height: Math.floor(height / station.maps) - 1,
  grain,
});

/** @param share of the way from the least to the most */
function gapOf(words: Words, gap: Part["gap"], share: number): number {
  if (gap === "start") return START_GAP;
  return Math.floor(words[gap] + share * (WIDEST_GAPS[gap] - words[gap]));
}

interface PlaceRoom {
  readonly height: number;
  readonly width: number;
  /** What the least gaps leave over. */
  readonly spare: number;
  readonly prediction: number;
  readonly grain: number;
}

function place(
  parts: readonly Part[],
  stations: readonly Station[],
  words: Words,
  { height, width, spare, prediction, grain }: PlaceRoom,
): Columns {
  const growth = PREDICTION.words + sum(parts.map(({ gap }) => gapOf(words, gap, 1) - gapOf(words, gap, 0)));
  const share = Math.min(1, spare / Math.max(1, growth));
  const places = new Map<string, Place>();
  const strips: Strip[] = [];
  let x = 0;
  for (const part of parts) {
    x += gapOf(words, part.gap, share);
    places.set(part.key, { x, width: part.width });
    if (part.role !== "empty") strips.push(columnOf(part, part.role, x, height, grain));
    x += part.width;
  }
  // What is left over lies before the prediction, whose bars need only so much.
  const bars = Math.min(PREDICTION.most, Math.max(prediction, width - x - BEFORE_PREDICTION));
  const at = (key: string): Place => places.get(key) ?? { x: 0, width: 0 };
  const from = (first: Place, last: Place): Place => ({ x: first.x, width: last.x + last.width - first.x });
  const blocks = stations.filter(({ kind }) => kind === "convolution");
  return {
    width,
    height,
    strips,
    blocks: blocks.map(({ block }) => ({
      convolution: from(at(block === 1 ? "s1" : `w${block}`), at(places.has(`z${block}`) ? `z${block}` : `w${block}`)),
      activation: places.get(`a${block}`),
      pool: at(`p${block}`),
    })),
    dense: at("dense"),
    prediction: { x: width - bars, width: bars },
    headHeight: words.height,
    leftOut: stations
      .filter(({ name, kind }) => (kind === "convolution" || kind === "activation") && !places.has(name))
      .map(({ name }) => name),
  };
}

function columnOf(part: Part, role: Strip["role"], x: number, height: number, grain: number): Strip {
  const { key, station, shape, tiles } = part;
  const fitted = arrange(tiles, shape, { ...roomIn(part, height, grain), width: part.width });
  // Kernels stand close to the maps that they make; maps stand below their heading.
  const left = role === "weights" && key !== "dense" ? x + part.width - fitted.width : x;
  const groups: Group[] = Array.from({ length: station.maps }, (_, map) => {
    const middle = ((map + 0.5) * height) / station.maps;
    return groupAt(map, shape, fitted, { x: left, y: Math.round(middle - fitted.height / 2) });
  });
  return stripOf(key, role, station, groups, tiles - fitted.shown);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
