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
