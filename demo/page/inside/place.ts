/** Where in the network the visitor is, and which place comes next. */
import type { Architecture, Station } from "../network/architecture.js";
import {
  cellAround,
  type Margins,
  marginsOf,
  nearestCell,
  pooledCell,
  pooledFrom,
  windowCorner,
} from "../network/windows.js";
import type { Block, Cell, Settings } from "../settings/settings.js";

export interface Place {
  readonly station: Station;
  /** The place of the station among all. */
  readonly index: number;
  readonly map: number;
  /** The map that is read. */
  readonly source: number;
  readonly cell: Cell;
}

/** The place that the settings ask for, or the nearest that there is. */
export function placeOf({ station, map, source, cell }: Settings, stations: readonly Station[]): Place | undefined {
  const found = stations.findIndex(({ name }) => name === station);
  const index = found < 0 ? Math.min(1, stations.length - 1) : found;
  const at = stations[index];
  if (!at) return undefined;
  return {
    station: at,
    index,
    map: Math.min(map, at.maps - 1),
    source: Math.min(source, (stations[index - 1]?.maps ?? 1) - 1),
    cell: nearestCell(cell, at),
  };
}

/** What a block reads, with its stations. */
export interface BlockPlace {
  readonly block: Block;
  /** From 1. */
  readonly number: number;
  readonly reads: Station;
  readonly margins: Margins;
  readonly convolution: Station;
  readonly activation: Station;
  readonly pool: Station | undefined;
  /** What goes on from here. */
  readonly last: Station;
}

export function blockPlace(
  { blocks }: Architecture,
  stations: readonly Station[],
  number: number,
): BlockPlace | undefined {
  const block = blocks[number - 1];
  const index = stations.findIndex(({ kind, block: of }) => kind === "convolution" && of === number);
  const [reads, convolution, activation, next] = stations.slice(index - 1);
  if (!block || index < 1 || !reads || !convolution || !activation) return undefined;
  const pool = next?.kind === "pool" && next.block === number ? next : undefined;
  const margins = marginsOf(block, reads.height, reads.width);
  return { block, number, reads, margins, convolution, activation, pool, last: pool ?? activation };
}

/** The block of a station: the last one for the scores and the loss, the first one for the picture. */
export function blockNumber({ blocks }: Architecture, { kind, block }: Station): number {
  return kind === "picture" ? 1 : block || blocks.length;
}

/** The settings of the next station, at the cell where this cell's number goes. */
export function follow(
  architecture: Architecture,
  stations: readonly Station[],
  place: Place,
): Partial<Settings> | undefined {
  const next = stations[place.index + 1];
  if (!next) return undefined;
  const { map, cell } = place;
  switch (next.kind) {
    case "activation":
      return { station: next.name, map, cell };
    case "pool":
      return { station: next.name, map, cell: pooledCell(cell, next) ?? nearestCell(cell, next) };
    case "convolution": {
      const block = blockPlace(architecture, stations, next.block);
      const around = block ? cellAround(block.block, block.margins, cell, next) : cell;
      return { station: next.name, map: Math.min(map, next.maps - 1), source: map, cell: around };
    }
    case "dense":
      return { station: next.name, source: map };
    default:
      return { station: next.name };
  }
}

/** The settings of the station before, at a cell that this one is made of. */
export function retrace(
  architecture: Architecture,
  stations: readonly Station[],
  place: Place,
): Partial<Settings> | undefined {
  const before = stations[place.index - 1];
  if (!before) return undefined;
  const { station, map, source, cell } = place;
  switch (station.kind) {
    case "activation":
      return { station: before.name, map, cell };
    case "pool":
      return { station: before.name, map, cell: pooledFrom(cell)[0] ?? cell };
    case "convolution": {
      const block = blockPlace(architecture, stations, station.block);
      const corner = block ? windowCorner(block.block, block.margins, cell) : cell;
      const half = block ? (block.block.size - 1) / 2 : 0;
      const middle = { row: corner.row + half, column: corner.column + half };
      return { station: before.name, map: source, cell: nearestCell(middle, before) };
    }
    case "dense":
      return { station: before.name, map: Math.min(source, before.maps - 1) };
    default:
      return { station: before.name };
  }
}

/** Reading order. */
export const indexOf = ({ row, column }: Cell, { width }: Pick<Station, "width">) => row * width + column;

export const cellAt = (index: number, { width }: Pick<Station, "width">): Cell => ({
  row: Math.floor(index / width),
  column: index % width,
});
