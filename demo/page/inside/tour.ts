/** Where the steps of the guided tour lead: to places where there is something to see. Nothing here computes. */
import { type Image, largest } from "../../images.js";
import { pooledCell, pooledFrom, windowCorner } from "../network/windows.js";
import type { Cell, Settings } from "../settings/settings.js";
import type { TestResult } from "../worker/messages.js";
import { traceOf } from "./backward/trace.js";
import { type BlockPlace, blockPlace, type Place } from "./place.js";
import type { Moment } from "./useMoment.js";
import { cut, gradientsOf, mapsOf, valueAt } from "./values.js";

/** With a smaller loss hardly anything goes back. */
export const LEAST_LOSS = 0.1;
/** What is dropped should be at least so large a share of the largest number. */
const SEEN = 0.1;
/** So many of the largest gradients are tried. */
const TRIED = 200;

/** Whether the tour can be shown with this example: its loss sends something back. */
export const tells = ({ pass: { loss = 0 } }: Moment) => loss >= LEAST_LOSS;

/**
 * An example with a larger loss: the misread test item that the network is least sure of; if none is misread, the item that it is least
 * sure of.
 *
 * @returns its number, from 0; undefined if the network is sure of all
 */
export function hardItem({ predicted, labels, confidence }: TestResult): number | undefined {
  const items = [...labels.keys()];
  const misread = items.filter((n) => predicted[n] !== labels[n]);
  const sure = (n: number) => confidence[n] ?? 1;
  const [hardest] = (misread.length > 0 ? misread : items).sort((a, b) => sure(a) - sure(b));
  // Of a right answer, the loss is −ln of how sure it is; of a wrong one, it is more than that.
  return hardest === undefined || -Math.log(sure(hardest)) < LEAST_LOSS ? undefined : hardest;
}

/** Where a step of the tour leads. */
export function tourStep(moment: Moment, guide: number): Partial<Settings> {
  const { architecture, stations, pass } = moment;
  const first = blockPlace(architecture, stations, 1);
  const last = blockPlace(architecture, stations, architecture.blocks.length);
  if (!first || !last) return { guide: 0 };
  if (guide === 3) return { guide, direction: "forward", station: "loss", map: pass.example.label ?? 0 };
  if (guide === 4) return { guide, direction: "backward", station: last.last.name, ...largestGradient(moment, last) };
  const spot = guide === 5 ? twoSided(moment, first) : answering(moment, first);
  return { guide, direction: "forward", station: first.convolution.name, source: 0, ...spot };
}

interface Spot {
  readonly map: number;
  readonly cell: Cell;
}

/** A large number that goes on through a pool whose window has something to drop: a number below 0, and two different ones above. */
function answering(moment: Moment, { convolution, pool }: BlockPlace): Spot {
  const maps = mapsOf(moment, convolution);
  if (!pool) return best(maps, valueAt);
  const limit = SEEN * largest(maps);
  return best(maps, (image, cell) => {
    const around = pooledCell(cell, pool);
    if (!around) return Number.NEGATIVE_INFINITY;
    const values = pooledFrom(around).map((neighbour) => valueAt(image, neighbour));
    const [most = 0, second = 0] = values.toSorted((a, b) => b - a);
    if (most !== valueAt(image, cell)) return Number.NEGATIVE_INFINITY;
    return most + Math.min(limit, second, most - second, -Math.min(...values)) / SEEN;
  });
}

/** The filter that looks for most and against most: it is easy to say what it answers to. At the place where it answers most. */
function twoSided(moment: Moment, { number, convolution }: BlockPlace): Spot {
  const kernel = moment.weights[number - 1]?.kernel;
  const maps = mapsOf(moment, convolution);
  const worth = maps.map((_, map) => {
    let [more, less] = [0, 0];
    for (const [i, weight] of (kernel?.values ?? []).entries()) {
      if (i % maps.length !== map) continue;
      more += Math.max(0, weight);
      less += Math.max(0, -weight);
    }
    return Math.min(more, less);
  });
  const map = Math.max(0, worth.indexOf(Math.max(...worth)));
  return { map, cell: best(maps.slice(map, map + 1), valueAt).cell };
}

/** The largest gradient that comes through the activation, to a window in which the filter saw something. */
function largestGradient(moment: Moment, at: BlockPlace): Spot & { readonly source: number } {
  const { convolution, pool, last, reads, block, margins } = at;
  const read = mapsOf(moment, reads);
  const gradients = gradientsOf(moment, convolution);
  const index = moment.stations.indexOf(last);
  for (const { map, cell, size } of all(gradients).slice(0, TRIED)) {
    const g = pool ? pooledCell(cell, pool) : cell;
    if (!g || size === 0) continue;
    const place: Place = { station: last, index, map, source: 0, cell: g };
    const { z } = traceOf(moment, at, place);
    if (z.row !== cell.row || z.column !== cell.column) continue;
    const corner = windowCorner(block, margins, cell);
    const seen = read.map((image) => cut(image, corner, block.size).reduce((sum, value) => sum + Math.abs(value), 0));
    const source = seen.indexOf(Math.max(...seen));
    if ((seen[source] ?? 0) > 0) return { map, cell: g, source };
  }
  return { ...best(gradientsOf(moment, last), (image, cell) => Math.abs(valueAt(image, cell))), source: 0 };
}

function best(maps: readonly Image[], worth: (image: Image, cell: Cell) => number): Spot {
  let found = { worth: Number.NEGATIVE_INFINITY, map: 0, cell: { row: 0, column: 0 } };
  eachCell(maps, (image, map, cell) => {
    const here = worth(image, cell);
    if (here > found.worth) found = { worth: here, map, cell };
  });
  return { map: found.map, cell: found.cell };
}

/** All places, the largest number first, whatever its sign. */
function all(maps: readonly Image[]): (Spot & { readonly size: number })[] {
  const spots: (Spot & { readonly size: number })[] = [];
  eachCell(maps, (image, map, cell) => spots.push({ map, cell, size: Math.abs(valueAt(image, cell)) }));
  return spots.sort((a, b) => b.size - a.size);
}

function eachCell(maps: readonly Image[], visit: (image: Image, map: number, cell: Cell) => void): void {
  for (const [map, image] of maps.entries()) {
    for (let row = 0; row < image.height; row++) {
      for (let column = 0; column < image.width; column++) visit(image, map, { row, column });
    }
  }
}
