import { paddingSource } from "./pad2d.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/pad/pad2dBackward: every padded element adds its dy to the input element that it shows. */
export const pad2dBackward: ReferenceKernel<"pad2dBackward"> = ({ geometry: g, mode }, { dy }, { dx }) => {
  const imageElements = g.h * g.w * g.c;
  const sums = new Float64Array(imageElements);
  for (let n = 0; n < g.n; n++) {
    sums.fill(0);
    for (let p = 0; p < g.p; p++) {
      const h = paddingSource(p - g.padTop, g.h, mode);
      for (let q = 0; q < g.q; q++) {
        const column = paddingSource(q - g.padLeft, g.w, mode);
        if (h < 0 || column < 0) continue;
        const output = ((n * g.p + p) * g.q + q) * g.c;
        const pixel = (h * g.w + column) * g.c;
        for (let c = 0; c < g.c; c++) sums[pixel + c]! += dy[output + c]!;
      }
    }
    dx.set(sums, n * imageElements);
  }
};
