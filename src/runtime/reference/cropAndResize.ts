import type { CropAndResizeAttributes } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/resample/cropAndResize. */
export const cropAndResize: ReferenceKernel<"cropAndResize"> = (g, { images, boxes, boxIndices }, { y }) => {
  const sums = new Float64Array(g.c);
  forEachOutput(g, boxes, boxIndices, ({ output, known, taps }) => {
    const [first] = taps;
    if (!known || !first) {
      y.fill(known ? g.value : Number.NaN, output, output + g.c);
    } else if (taps.length === 1) {
      // A copy: −0 stays −0.
      y.set(images.subarray(first.pixel, first.pixel + g.c), output);
    } else {
      sums.fill(0);
      for (const { pixel, weight } of taps) {
        for (let i = 0; i < g.c; i++) sums[i]! += weight * images[pixel + i]!;
      }
      y.set(sums, output);
    }
  });
};

/**
 * Takes the place of Σ|terms|: the sum of the absolute values of all products, plus the absolute values of the pixels
 * around the point, weighted by the rounding error of the point. Infinite if this error may decide whether a point is
 * inside the image, or which pixel is the nearest.
 */
export const cropAndResizeMagnitude: ReferenceKernel<"cropAndResize"> = (g, { images, boxes, boxIndices }, { y }) => {
  y.fill(0);
  forEachOutput(g, boxes, boxIndices, ({ output, known, taps, around, doubtful }) => {
    if (!known) return;
    for (const { pixel, weight } of [...taps, ...around]) {
      for (let i = 0; i < g.c; i++) y[output + i]! += weight * Math.abs(images[pixel + i]!);
    }
    if (doubtful) y.fill(Number.POSITIVE_INFINITY, output, output + g.c);
  });
};

/** A pixel of an image, by its first element. */
interface Tap {
  readonly pixel: number;
  readonly weight: number;
  /** The part of the weight along the width. */
  readonly ofColumn: number;
}

export interface CroppedPixel {
  /** Its first element in y. */
  readonly output: number;
  /** Whether its box belongs to an image. */
  readonly known: boolean;
  /** The pixels that it shows. None if its point is outside the image. */
  readonly taps: readonly Tap[];
  /** All pixels that an error of the point may reach. Their weights, in roundings of K, are that error. */
  readonly around: readonly Tap[];
  /** Whether an error of the point may change what is shown by more than a little. */
  readonly doubtful: boolean;
}

/** Visits every output pixel. */
export function forEachOutput(
  g: CropAndResizeAttributes,
  boxes: Float32Array,
  boxIndices: Float32Array,
  visit: (pixel: CroppedPixel) => void,
): void {
  let output = 0;
  for (let b = 0; b < g.boxes; b++) {
    const n = boxIndices[b]!;
    const known = Number.isInteger(n) && n >= 0 && n < g.n;
    const [y1, x1, y2, x2] = [boxes[4 * b]!, boxes[4 * b + 1]!, boxes[4 * b + 2]!, boxes[4 * b + 3]!];
    const rows = Array.from({ length: g.p }, (_, p) => pointOf(y1, y2, p, g.p, g.h, g.nearest));
    const columns = Array.from({ length: g.q }, (_, q) => pointOf(x1, x2, q, g.q, g.w, g.nearest));
    for (const row of rows) {
      for (const column of columns) {
        const tap = (h: number, w: number, weight: number, ofColumn: number) => ({
          pixel: ((n * g.h + h) * g.w + w) * g.c,
          weight,
          ofColumn,
        });
        const error = row.error + column.error;
        const doubtful = known && (row.doubtful || column.doubtful);
        const seen = known && row.taps.length > 0 && column.taps.length > 0;
        const taps = row.taps.flatMap(([h, near]) => column.taps.map(([w, far]) => tap(h, w, near * far, far)));
        const around = row.around.flatMap((h) => column.around.map((w) => tap(h, w, error, 0)));
        visit({
          output,
          known,
          taps: known ? taps : [],
          around: doubtful || (seen && !g.nearest && error > 0) ? around : [],
          doubtful,
        });
        output += g.c;
      }
    }
  }
}

/** The point of an output along one axis. */
interface Point {
  readonly taps: readonly (readonly [position: number, weight: number])[];
  /** The rounding error of the point in pixels, in units of 2⁻²⁴, divided by K · BOUND_FACTOR. 0 if it is exact. */
  readonly error: number;
  /** The pixels between which the point lies, and their neighbours. */
  readonly around: readonly number[];
  readonly doubtful: boolean;
}

/** K · BOUND_FACTOR is 72 for one output: 4 products with 3 roundings each, times 6. */
const ROUNDINGS = 72;

function pointOf(begin: number, end: number, output: number, outputs: number, extent: number, nearest: boolean): Point {
  const [fromBegin, fromEnd, whole] = outputs === 1 ? [1, 1, 2] : [outputs - 1 - output, output, outputs - 1];
  // In float32, rounded as on WebGPU, because the rounding may decide whether a point is inside the image, and which
  // pixel is the nearest.
  const [before, after] = [Math.fround(begin * fromBegin), Math.fround(end * fromEnd)];
  const sum = Math.fround(before + after);
  const last = extent - 1;
  const numerator = Math.fround(sum * last);
  // An adapter may flush subnormal numbers.
  const flushed = [begin, end, before, after, sum].some((value) => value !== 0 && Math.abs(value) < 2 ** -126);
  const rounded =
    begin * fromBegin !== before || end * fromEnd !== after || before + after !== sum || sum * last !== numerator;
  const exact = !flushed && !rounded;
  const roundings = exact ? 0 : (4 * (Math.abs(before) + Math.abs(after)) * last) / whole;
  const doubt = roundings * 2 ** -24 + (flushed ? 2 ** -100 : 0);
  const point = numerator / whole;
  const near = Math.floor(point);
  const rest = numerator - near * whole;
  const isNear = (value: number) => !exact && extent > 1 && Math.abs(point - value) <= doubt;
  const doubtful = isNear(0) || isNear(last) || (nearest && isNear(near + 0.5));
  const inside = Number.isFinite(sum) && (extent === 1 || (sum >= 0 && sum <= whole));
  const around = [near - 1, near, near + 1, near + 2].filter((position) => position >= 0 && position < extent);
  const given = { error: roundings / ROUNDINGS, around, doubtful };
  if (!inside) return { ...given, taps: [] };
  if (nearest) return { ...given, taps: [[near < last && 2 * rest >= whole ? near + 1 : near, 1]] };
  if (rest === 0 || near === last) return { ...given, taps: [[near, 1]] };
  return {
    ...given,
    taps: [
      [near, (whole - rest) / whole],
      [near + 1, rest / whole],
    ],
  };
}
