import type { Resample2dAttributes, ResampleAxis } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/resample/resample2d. */
export const resample2d: ReferenceKernel<"resample2d"> = (attributes, { x }, { y }) => {
  const { c } = attributes.geometry;
  const sums = new Float64Array(c);
  forEachPixel(attributes, (output, taps) => {
    sums.fill(0);
    for (const { input, weight } of taps) {
      for (let i = 0; i < c; i++) sums[i]! += weight * x[input + i]!;
    }
    // A single pixel is copied: −0 stays −0.
    const [first] = taps;
    if (taps.length === 1 && first) y.set(x.subarray(first.input, first.input + c), output);
    else y.set(sums, output);
  });
};

/** A pixel of the input that an output shows: its first element, and its weight. */
interface Tap {
  readonly input: number;
  readonly weight: number;
  /** The part of the weight along the width. */
  readonly ofColumn: number;
}

/**
 * Visits every output pixel, by its first element, with the pixels that it shows. Pixels with the weight 0 are left
 * out.
 */
export function forEachPixel(
  { geometry: g, linear, height, width }: Resample2dAttributes,
  visit: (output: number, taps: readonly Tap[]) => void,
): void {
  const rows = Array.from({ length: g.p }, (_, p) => tapsOf(p, height, g.h, linear));
  const columns = Array.from({ length: g.q }, (_, q) => tapsOf(q, width, g.w, linear));
  let output = 0;
  for (let n = 0; n < g.n; n++) {
    for (const rowTaps of rows) {
      for (const columnTaps of columns) {
        const taps = rowTaps.flatMap((row) =>
          columnTaps.map((column) => ({
            input: ((n * g.h + row.input) * g.w + column.input) * g.c,
            weight: row.weight * column.weight,
            ofColumn: column.weight,
          })),
        );
        visit(output, taps);
        output += g.c;
      }
    }
  }
}

/** The pixels that an output shows along one axis. */
function tapsOf(
  position: number,
  { step, first, whole }: ResampleAxis,
  extent: number,
  linear: boolean,
): Omit<Tap, "ofColumn">[] {
  const numerator = position * step + first;
  const source = Math.floor(numerator / whole);
  if (!linear) return [{ input: source, weight: 1 }];
  const near = Math.max(source, 1) - 1;
  const rest = numerator - source * whole;
  if (source === 0 || near === extent - 1 || rest === 0) return [{ input: near, weight: 1 }];
  return [
    { input: near, weight: (whole - rest) / whole },
    { input: near + 1, weight: rest / whole },
  ];
}
