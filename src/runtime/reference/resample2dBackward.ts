import { RowSums } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachPixel } from "./resample2d.js";

/**
 * The reference of shaders/resample/resample2dBackward: every output pixel adds its dy to the input pixels that it shows,
 * by their weights.
 */
export const resample2dBackward: ReferenceKernel<"resample2dBackward"> = (attributes, { dy }, { dx }) => {
  const { c } = attributes.geometry;
  const sums = new Float64Array(dx.length);
  forEachPixel(attributes, (output, taps) => {
    for (const { input, weight } of taps) {
      for (let i = 0; i < c; i++) sums[input + i]! += weight * dy[output + i]!;
    }
  });
  dx.set(sums);
};

/** Σ|terms|. There is no bound if the sum over a row overflows before it is multiplied by the weight of the row. */
export const resample2dBackwardMagnitude: ReferenceKernel<"resample2dBackward"> = (attributes, { dy }, { dx }) => {
  const { c, q } = attributes.geometry;
  const rows = new RowSums(dx.length);
  forEachPixel(attributes, (output, taps) => {
    const row = Math.floor(output / (q * c));
    for (const { input, weight, ofColumn } of taps) {
      for (let i = 0; i < c; i++) rows.add(input + i, row, weight, ofColumn, Math.abs(dy[output + i]!));
    }
  });
  dx.set(rows.magnitudes);
};
