import { forEachPixel } from "./resample2d.js";
import type { Resample2dAttributes } from "../../core/kernels.js";

/** The twin of shaders/resample/resample2dBackward: every output pixel hands its dy to the input pixel that it shows. */
export function resample2dBackward(g: Resample2dAttributes, dy: Float32Array, dx: Float32Array): void {
  const sums = new Float64Array(dx.length);
  forEachPixel(g, (input, output) => {
    for (let c = 0; c < g.c; c++) sums[input + c]! += dy[output + c]!;
  });
  dx.set(sums);
}
