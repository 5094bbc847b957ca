import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachPixel } from "./resample2d.js";

/**
 * The reference of shaders/resample/resample2dBackward: every output pixel adds its dy to the input pixel that it
 * shows.
 */
export const resample2dBackward: ReferenceKernel<"resample2dBackward"> = (g, { dy }, { dx }) => {
  const sums = new Float64Array(dx.length);
  forEachPixel(g, (input, output) => {
    for (let c = 0; c < g.c; c++) sums[input + c]! += dy[output + c]!;
  });
  dx.set(sums);
};
