/** Cells of maps on the host: maps are [1, height, width, channels], filters [height, width, channels, filters]. */
import type { HostTensor } from "../images.js";
import type { Cell } from "./settings.js";

export const same = (a: Cell, b: Cell): boolean => a.row === b.row && a.column === b.column;

/** Tells cells apart in a set. */
export const key = ({ row, column }: Cell): string => `${row}-${column}`;

export function at({ shape, values }: HostTensor, { row, column }: Cell, channel: number): number {
  const [, , width = 0, channels = 0] = shape;
  return values[(row * width + column) * channels + channel] ?? Number.NaN;
}

/** All cells of a map in row-major order. */
export function cellsOf({ shape }: HostTensor): Cell[] {
  const [, height = 0, width = 0] = shape;
  return Array.from({ length: height * width }, (_, i) => ({ row: Math.floor(i / width), column: i % width }));
}

/** The cell itself, or the one at the map's edge that is nearest to it. */
export function nearest({ row, column }: Cell, { shape }: HostTensor): Cell {
  const [, height = 1, width = 1] = shape;
  return { row: Math.max(0, Math.min(row, height - 1)), column: Math.max(0, Math.min(column, width - 1)) };
}

/** The cells under a square window whose first one is (row, column), `step` apart. */
export function windowAt(row: number, column: number, size: number, step: number): Cell[] {
  return Array.from({ length: size * size }, (_, i) => ({
    row: row + step * Math.floor(i / size),
    column: column + step * (i % size),
  }));
}

/** The values at these cells, cell by cell, of these channels or of all. */
export function gather(map: HostTensor, cells: readonly Cell[], channels?: readonly number[]): Float32Array {
  const wanted = channels ?? Array.from({ length: map.shape[3] ?? 0 }, (_, channel) => channel);
  return Float32Array.from(cells.flatMap((cell) => wanted.map((channel) => at(map, cell, channel))));
}

/** A map of the same shape that is zero but in one channel. */
export function only({ shape, values }: HostTensor, channel: number, value: (cell: Cell) => number): HostTensor {
  const result: HostTensor = { shape, values: new Float32Array(values.length) };
  const [, , width = 0, channels = 0] = shape;
  for (const cell of cellsOf(result)) {
    result.values[(cell.row * width + cell.column) * channels + channel] = value(cell);
  }
  return result;
}

/** One filter of many, [height, width, channels]. */
export function channelOfLast({ shape, values }: HostTensor, channel: number): HostTensor {
  const channels = shape.at(-1) ?? 1;
  return { shape: shape.slice(0, -1), values: values.filter((_, i) => i % channels === channel) };
}

/** The largest absolute value; 1 where there are only zeros, so that it always makes a scale. */
export function magnitude({ values }: HostTensor): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}
