import { forEachOutput } from "./cropAndResize.js";
import { RowSums } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/resample/cropAndResizeBackward: every output pixel adds its dy to the pixels that it shows, by
 * their weights.
 */
export const cropAndResizeBackward: ReferenceKernel<"cropAndResizeBackward"> = (
  g,
  { dy, boxes, boxIndices },
  { dimages },
) => {
  const sums = new Float64Array(dimages.length);
  forEachOutput(g, boxes, boxIndices, ({ output, taps }) => {
    for (const { pixel, weight } of taps) {
      for (let i = 0; i < g.c; i++) sums[pixel + i]! += weight * dy[output + i]!;
    }
  });
  dimages.set(sums);
};

/**
 * Takes the place of Σ|terms|, as the magnitude of the forward does. There is no bound if the sum over a row of a box
 * overflows before it is multiplied by the weight of the row.
 */
export const cropAndResizeBackwardMagnitude: ReferenceKernel<"cropAndResizeBackward"> = (
  g,
  { dy, boxes, boxIndices },
  { dimages },
) => {
  const rows = new RowSums(dimages.length);
  forEachOutput(g, boxes, boxIndices, ({ output, taps, around, doubtful }) => {
    const row = Math.floor(output / (g.q * g.c));
    for (const { pixel, weight, ofColumn } of [...taps, ...around]) {
      for (let i = 0; i < g.c; i++) rows.add(pixel + i, row, weight, ofColumn, Math.abs(dy[output + i]!));
    }
    // With a rounding error, the point may lie inside the image, or nearer to a neighbour.
    if (doubtful) for (const { pixel } of around) rows.magnitudes.fill(Number.POSITIVE_INFINITY, pixel, pixel + g.c);
  });
  dimages.set(rows.magnitudes);
};
