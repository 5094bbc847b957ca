/** Where windows lie. Nothing here computes, so the page's own thread can have it. */
import type { Block, Cell } from "../settings/settings.js";
import { POOL_SIZE, type Station } from "./architecture.js";

/** The zeros around the maps that a convolution reads. */
export interface Margins {
  readonly top: number;
  readonly left: number;
  /** Zeros on every side that are enough for all windows. */
  readonly pad: number;
  /** Whether `pad` is what the layer itself adds. The padding "same" with a stride can need more zeros at the end than at the start. */
  readonly even: boolean;
}

/** The zeros that a block's convolution adds to maps of this size. */
export function marginsOf({ size, stride, padding }: Block, height: number, width: number): Margins {
  if (padding === "valid") return { top: 0, left: 0, pad: 0, even: true };
  const total = (extent: number) => Math.max(0, (Math.ceil(extent / stride) - 1) * stride + size - extent);
  const [vertical, horizontal] = [total(height), total(width)];
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  const pad = Math.max(vertical - top, horizontal - left);
  // Zeros that no window reaches make no difference.
  const even = pad === top && pad === left;
  return { top, left, pad, even };
}

/** The corner of the window that makes a cell, in the maps that the convolution reads. It may be negative: in the padding. */
export function windowCorner({ stride }: Block, { top, left }: Margins, { row, column }: Cell): Cell {
  return { row: row * stride - top, column: column * stride - left };
}

/** The cell whose window has a pixel nearest to its centre. */
export function cellAround({ size, stride }: Block, { top, left }: Margins, pixel: Cell, made: Station): Cell {
  const at = (position: number, before: number) => Math.round((position + before - (size - 1) / 2) / stride);
  return nearestCell({ row: at(pixel.row, top), column: at(pixel.column, left) }, made);
}

/** The cell itself, or the nearest one that the map has. */
export function nearestCell({ row, column }: Cell, { height, width }: Pick<Station, "height" | "width">): Cell {
  const within = (position: number, extent: number) => Math.min(Math.max(position, 0), extent - 1);
  return { row: within(row, height), column: within(column, width) };
}

/** The cell of the pool that a cell of the maps before it goes into. Undefined for a last row or column that no window reads. */
export function pooledCell({ row, column }: Cell, pool: Pick<Station, "height" | "width">): Cell | undefined {
  const cell = { row: Math.floor(row / POOL_SIZE), column: Math.floor(column / POOL_SIZE) };
  return cell.row < pool.height && cell.column < pool.width ? cell : undefined;
}

/** The four cells that a pool's cell is made of, in reading order. */
export function pooledFrom({ row, column }: Cell): Cell[] {
  const [top, left] = [row * POOL_SIZE, column * POOL_SIZE];
  return [0, 1, 2, 3].map((i) => ({ row: top + Math.floor(i / POOL_SIZE), column: left + (i % POOL_SIZE) }));
}
