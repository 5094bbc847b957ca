/** The same place of the picture, from layer to layer. Nothing here computes, so the page's own thread can have it. */
import type { Cell, Settings } from "../settings/settings.js";
import { type Architecture, POOL_SIZE, type Station } from "./architecture.js";
import { marginsOf, nearestCell } from "./windows.js";

/** Where a station's cells have their centres, in pixels of the picture: cell n at `first + n × step`. */
interface Lattice {
  readonly first: Cell;
  readonly step: number;
}

function latticeOf({ blocks }: Architecture, stations: readonly Station[], name: string): Lattice {
  let lattice: Lattice = { first: { row: 0, column: 0 }, step: 1 };
  for (const [i, { kind, block: number, name: reached }] of stations.entries()) {
    const [block, reads] = [blocks[number - 1], stations[i - 1]];
    if (kind === "convolution" && block && reads) {
      const { top, left } = marginsOf(block, reads.height, reads.width);
      lattice = widen(lattice, (block.size - 1) / 2 - top, (block.size - 1) / 2 - left, block.stride);
    }
    if (kind === "pool") lattice = widen(lattice, (POOL_SIZE - 1) / 2, (POOL_SIZE - 1) / 2, POOL_SIZE);
    if (reached === name) break;
  }
  return lattice;
}

/** @param down how far the centre of the first window lies from the first cell, in cells */
function widen({ first, step }: Lattice, down: number, right: number, stride: number): Lattice {
  return { first: { row: first.row + step * down, column: first.column + step * right }, step: step * stride };
}

/** The station whose cells are meant: the scores and the loss have none of their own, so those of the last maps stay. */
export function latticed(stations: readonly Station[], station: Station): Station {
  return station.kind === "dense" || station.kind === "loss" ? (stations.at(-3) ?? station) : station;
}

/** The cell of another station that lies nearest to the centre of this one's cell. */
export function carry(
  architecture: Architecture,
  stations: readonly Station[],
  from: { readonly station: Station; readonly cell: Cell },
  to: Station,
): Cell {
  const [source, target] = [latticed(stations, from.station), latticed(stations, to)];
  if (source === target) return nearestCell(from.cell, target);
  const [a, b] = [source, target].map(({ name }) => latticeOf(architecture, stations, name));
  if (!a || !b) return from.cell;
  const along = (axis: keyof Cell) => Math.round((a.first[axis] + from.cell[axis] * a.step - b.first[axis]) / b.step);
  return nearestCell({ row: along("row"), column: along("column") }, target);
}

/** The same for the place that the settings ask for, whatever network they were made with. */
export function carryChosen(
  architecture: Architecture,
  stations: readonly Station[],
  { station, cell }: Pick<Settings, "station" | "cell">,
  to: Station,
): Cell {
  const from = stations.find(({ name }) => name === station) ?? to;
  return carry(architecture, stations, { station: from, cell }, to);
}
