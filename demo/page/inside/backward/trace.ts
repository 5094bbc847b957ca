/** The way of one gradient: which numbers it touches. Nothing here computes. */
import type { HostTensor } from "../../../images.js";
import { carry } from "../../network/carry.js";
import type { ConvLayer, StepAnswers, StepQuestions } from "../../network/steps.js";
import { nearestCell, pooledCell, pooledFrom } from "../../network/windows.js";
import type { Cell } from "../../settings/settings.js";
import { type BlockPlace, blockPlace, indexOf, type Place } from "../place.js";
import type { Moment } from "../useMoment.js";
import { gradientsOf, limitOf, mapsOf, valueAt } from "../values.js";

/** One number g of a block's last maps, and the number before the activation that it goes to. */
export interface Trace {
  readonly map: number;
  /** The map that the convolution reads. */
  readonly source: number;
  /** Of the block's last station. */
  readonly cell: Cell;
  /** The cells of the pool's window; the cell itself if there is no pool. */
  readonly four: readonly Cell[];
  /** Which of them gets most of g. */
  readonly chosen: number;
  /** That one: a cell of the convolution's map. */
  readonly z: Cell;
}

export function traceOf(moment: Moment, at: BlockPlace, place: Place): Trace {
  const { last, pool, reads, activation, convolution } = at;
  const map = Math.min(place.map, last.maps - 1);
  const source = Math.min(place.source, reads.maps - 1);
  const own = place.station.kind === "convolution" || place.station.kind === "activation";
  // A pixel of the picture is not a cell of its maps.
  const aim = place.station.kind === "picture" ? carry(moment.architecture, moment.stations, place, last) : place.cell;
  const cell = nearestCell((own && pool && pooledCell(aim, pool)) || aim, last);
  const four = pool ? pooledFrom(cell) : [cell];
  const weight = (image: readonly { at(row: number, column: number): number }[]) =>
    four.map(({ row, column }) => Math.abs(image[map]?.at(row, column) ?? 0));
  const back = weight(gradientsOf(moment, activation));
  // Where nothing comes back, the largest number is followed.
  const values = mapsOf(moment, activation);
  const sizes = back.some((size) => size > 0) ? back : four.map((place) => valueAt(values[map], place));
  const chosen = Math.max(0, sizes.indexOf(Math.max(...sizes)));
  return { map, source, cell, four, chosen, z: nearestCell(four[chosen] ?? cell, convolution) };
}

/** The gradient of a block's map z with all numbers but some at zero. */
function keep(dz: HostTensor, keeps: (row: number, column: number, map: number) => boolean): HostTensor {
  const [, , width = 1, maps = 1] = dz.shape;
  const values = dz.values.map((value, i) => {
    const pixel = Math.floor(i / maps);
    return keeps(Math.floor(pixel / width), pixel % width, i % maps) ? value : 0;
  });
  return { shape: dz.shape, values };
}

/** That one number alone; and, for the filling, all up to it: the filters before, and this filter's windows in reading order. */
export function partsOf(moment: Moment, at: BlockPlace, trace: Trace, filling: boolean): HostTensor[] {
  const dz = moment.pass.gradients[at.convolution.name];
  if (!dz) return [];
  const { map, z, cell } = trace;
  const alone = keep(dz, (row, column, k) => k === map && row === z.row && column === z.column);
  if (!filling) return [alone];
  const reached = indexOf(cell, at.last);
  const soFar = keep(dz, (row, column, k) => {
    const own = at.pool ? pooledCell({ row, column }, at.pool) : { row, column };
    return k < map || (k === map && own !== undefined && indexOf(own, at.last) <= reached);
  });
  return [alone, soFar];
}

type Gradients = StepAnswers["convGradients"][number];

export interface Limits {
  readonly dx: number;
  readonly dw: number;
}

/** The same layer without signs: nothing that its windows add cancels out. */
export function unsignedOf(
  { pass }: Moment,
  at: BlockPlace,
  layer: ConvLayer,
): StepQuestions["convGradients"] | undefined {
  const dz = pass.gradients[at.convolution.name];
  const unsigned = ({ shape, values }: HostTensor): HostTensor => ({ shape, values: values.map(Math.abs) });
  return dz && { layer: { ...layer, x: unsigned(layer.x), kernel: unsigned(layer.kernel) }, parts: [unsigned(dz)] };
}

/**
 * No sum of some of the terms is further from 0, whichever they are: at most all above 0, or all below.
 *
 * @param unsigned the sums of the same terms without their signs
 */
export function partLimit(whole: HostTensor, unsigned: HostTensor): number {
  let limit = 0;
  for (const [i, sum] of unsigned.values.entries()) limit = Math.max(limit, (sum + Math.abs(whole.values[i] ?? 0)) / 2);
  return limit || 1;
}

/** How far the colours of both gradients reach: while they are filled, so far that no sum on the way is beyond. */
export function limitsOf({ pass }: Moment, { reads, number }: BlockPlace, unsigned: Gradients | undefined): Limits {
  const [dx, dw] = [pass.gradients[reads.name], pass.weightGradients[number - 1]?.kernel];
  const limit = (whole: HostTensor | undefined, all: HostTensor | undefined) =>
    whole ? (all ? partLimit(whole, all) : limitOf(whole)) : 1;
  return { dx: limit(dx, unsigned?.dx), dw: limit(dw, unsigned?.dw) };
}

/** The weights that read the number, and the gradients of what they made: [K, taps]. */
export function arrivalOf(
  moment: Moment,
  at: BlockPlace,
  { map, cell }: Trace,
): StepQuestions["chainStep"] | undefined {
  const { architecture, stations, weights, pass } = moment;
  const next = blockPlace(architecture, stations, at.number + 1);
  if (!next) return denseArrival(moment, at, map, cell);
  const [kernel, dz] = [weights[at.number]?.kernel, pass.gradients[next.convolution.name]];
  if (!kernel || !dz) return undefined;
  const { size, stride } = next.block;
  const [, , channels = 1, filters = 1] = kernel.shape;
  const taps: { readonly u: number; readonly v: number; readonly out: Cell }[] = [];
  for (let u = 0; u < size; u++) {
    for (let v = 0; v < size; v++) {
      const [row, column] = [
        (cell.row + next.margins.top - u) / stride,
        (cell.column + next.margins.left - v) / stride,
      ];
      const { height, width } = next.convolution;
      const whole = Number.isInteger(row) && Number.isInteger(column);
      if (whole && row >= 0 && column >= 0 && row < height && column < width) taps.push({ u, v, out: { row, column } });
    }
  }
  const gather = (value: (k: number, tap: (typeof taps)[number]) => number): HostTensor => ({
    shape: [filters, taps.length],
    values: Float32Array.from({ length: filters * taps.length }, (_, i) => {
      const tap = taps[i % taps.length];
      return tap ? value(Math.floor(i / taps.length), tap) : 0;
    }),
  });
  // A stride can leave a pixel that no window reads.
  if (taps.length === 0) return undefined;
  return {
    weights: gather((k, { u, v }) => kernel.values[((u * size + v) * channels + map) * filters + k] ?? 0),
    gradients: gather((k, { out }) => dz.values[indexOf(out, next.convolution) * filters + k] ?? 0),
  };
}

function denseArrival(
  { weights, pass }: Moment,
  at: BlockPlace,
  map: number,
  cell: Cell,
): StepQuestions["chainStep"] | undefined {
  const [kernel, scores] = [weights.at(-1)?.kernel, pass.gradients["scores"]];
  if (!kernel || !scores) return undefined;
  const classes = scores.values.length;
  const input = indexOf(cell, at.last) * at.last.maps + map;
  return {
    weights: { shape: [classes, 1], values: kernel.values.slice(input * classes, (input + 1) * classes) },
    gradients: { shape: [classes, 1], values: scores.values },
  };
}
