/** The parts of the network's picture, as a layout places them. All lengths are in CSS pixels. */
import type { Station } from "../../network/architecture.js";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A map or a kernel: `rows` × `columns` squares. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly rows: number;
  readonly columns: number;
  /** The side of a square. */
  readonly cell: number;
  /** Of a kernel: the number of the map that it reads. */
  readonly source: number;
}

/** What belongs to one map of a station: the map itself, or the kernels that make it. */
export interface Group {
  readonly map: number;
  readonly tiles: readonly Tile[];
  /** Around the tiles and their hairlines. */
  readonly box: Rect;
}

/** Groups that are painted into one canvas, with one colour limit. */
export interface Strip {
  /** Such as "w1", "z1"; "s1" holds the kernels before the first step. */
  readonly key: string;
  readonly role: "start" | "weights" | "maps";
  /** What the kernels make, or where the maps are. */
  readonly station: Station;
  readonly groups: readonly Group[];
  readonly rect: Rect;
  /** How many kernels of each group found no place. */
  readonly left: number;
}

/** A field of the picture with strips in it. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly strips: readonly Strip[];
}

/** How many kernels or maps stand beside each other, and how large. */
export interface Arrangement {
  readonly cell: number;
  readonly perRow: number;
  readonly shown: number;
  readonly width: number;
  readonly height: number;
}

/** Hairlines between tiles. */
const LINE = 1;

const sizeOf = (count: number, extent: number, cell: number) => count * (extent * cell + LINE) + LINE;

interface Room {
  readonly largest: number;
  readonly width: number;
  readonly height: number;
  /** The step from one cell size to the next: one pixel of the screen. */
  readonly grain: number;
}

/** Fits tiles of one shape into a room: with the largest cells, in as few rows as that allows. If one pixel a cell is too much, some are left out. */
export function arrange(count: number, [rows, columns]: readonly [number, number], room: Room): Arrangement {
  const place = (cell: number, perRow: number, shown: number): Arrangement => {
    const lines = Math.ceil(shown / perRow);
    return { cell, perRow, shown, width: sizeOf(perRow, columns, cell), height: sizeOf(lines, rows, cell) };
  };
  const perRowAt = (cell: number) => Math.floor((room.width - LINE) / (columns * cell + LINE));
  for (let cell = room.largest; cell >= room.grain; cell -= room.grain) {
    const most = Math.min(count, perRowAt(cell));
    if (most < 1) continue;
    const perRow = Math.ceil(count / Math.ceil(count / most));
    const found = place(cell, perRow, count);
    if (found.height <= room.height) return found;
  }
  const perRow = Math.min(count, Math.max(1, perRowAt(room.grain)));
  const lines = Math.max(1, Math.floor((room.height - LINE) / (rows * room.grain + LINE)));
  return place(room.grain, perRow, Math.min(count, lines * perRow));
}

/** The tiles of a group, with the outer hairline's corner at (x, y). */
export function groupAt(
  map: number,
  [rows, columns]: readonly [number, number],
  { cell, perRow, shown, width, height }: Arrangement,
  { x, y }: { readonly x: number; readonly y: number },
): Group {
  const tiles = Array.from({ length: shown }, (_, source) => ({
    x: x + LINE + (source % perRow) * (columns * cell + LINE),
    y: y + LINE + Math.floor(source / perRow) * (rows * cell + LINE),
    rows,
    columns,
    cell,
    source,
  }));
  return { map, tiles, box: { x, y, width, height } };
}

const SMALL = 36;

/** The largest side of a pool's maps beside or below those that it reads: smaller, unless they are small themselves. */
export const poolSide = (side: number) => (side < SMALL ? side : 0.8 * side);

export function stripOf(
  key: string,
  role: Strip["role"],
  station: Station,
  groups: readonly Group[],
  left: number,
): Strip {
  return { key, role, station, groups, left, rect: around(groups.map(({ box }) => box)) };
}

function around(boxes: readonly Rect[]): Rect {
  const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}
