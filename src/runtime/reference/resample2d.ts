import type { Resample2dAttributes } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/resample/resample2d. */
export const resample2d: ReferenceKernel<"resample2d"> = (g, { x }, { y }) => {
  forEachPixel(g, (input, output) => y.set(x.subarray(input, input + g.c), output));
};

/** Visits every output pixel with the input pixel that it shows, by their first elements. */
export function forEachPixel(g: Resample2dAttributes, visit: (input: number, output: number) => void): void {
  let output = 0;
  for (let n = 0; n < g.n; n++) {
    for (let p = 0; p < g.p; p++) {
      const row = (n * g.h + nearest(p, g.h, g.p)) * g.w;
      for (let q = 0; q < g.q; q++) {
        visit((row + nearest(q, g.w, g.q)) * g.c, output);
        output += g.c;
      }
    }
  }
}

/** (position + ½) · extent / outputs − ½, rounded to the nearest integer, halves down. */
function nearest(position: number, extent: number, outputs: number): number {
  return Math.floor(((2 * position + 1) * extent - 1) / (2 * outputs));
}
