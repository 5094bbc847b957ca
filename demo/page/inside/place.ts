/** Where in the network the visitor is, and which place comes next. */
import type { Architecture, Station } from "../network/architecture.js";
import { carry, latticed } from "../network/carry.js";
import { type Margins, marginsOf, nearestCell } from "../network/windows.js";
import type { Block, Cell, Settings } from "../settings/settings.js";

export interface Place {
  readonly station: Station;
  /** The place of the station among all. */
  readonly index: number;
  readonly map: number;
  /** The map that is read. */
  readonly source: number;
  /** Of the scores and the loss: of the last maps. */
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
    cell: nearestCell(cell, latticed(stations, at)),
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

/** What the settings say of a place. */
export type Aim = Pick<Settings, "station" | "map" | "source" | "cell">;

/** The same place of the picture at another station. From a layer to the next, its maps are what the next one reads. */
export function aimAt(
  architecture: Architecture,
  stations: readonly Station[],
  { station, index, map, source, cell }: Place,
  to: Station,
): Aim {
  const aim = { station: to.name, map, source, cell: carry(architecture, stations, { station, cell }, to) };
  const by = stations.indexOf(to) - index;
  const [reader] = by === 1 ? [to] : by === -1 ? [station] : [];
  if (reader?.kind !== "convolution" && reader?.kind !== "dense") return aim;
  if (by === -1) return { ...aim, map: Math.min(source, to.maps - 1) };
  return { ...aim, map: Math.min(map, to.maps - 1), source: map };
}

/** Reading order. */
export const indexOf = ({ row, column }: Cell, { width }: Pick<Station, "width">) => row * width + column;

export const cellAt = (index: number, { width }: Pick<Station, "width">): Cell => ({
  row: Math.floor(index / width),
  column: index % width,
});
