import { conv2dBackwardBias } from "./conv2dBackwardBias.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/conv/conv2dBackwardFilter: dw = Σ over outputs of x·dy, and db. Padding is a real zero. */
export const conv2dBackwardFilter: ReferenceKernel<"conv2dBackwardFilter"> = (g, { x, dy }, { dw, db }) => {
  const sums = new Float64Array(dw.length);
  for (let n = 0; n < g.n; n++) {
    for (let p = 0; p < g.p; p++) {
      for (let q = 0; q < g.q; q++) {
        const output = ((n * g.p + p) * g.q + q) * g.k;
        for (let r = 0; r < g.r; r++) {
          const h = p * g.strideHeight + r * g.dilationHeight - g.padTop;
          for (let s = 0; s < g.s; s++) {
            const column = q * g.strideWidth + s * g.dilationWidth - g.padLeft;
            const inside = h >= 0 && h < g.h && column >= 0 && column < g.w;
            const pixel = ((n * g.h + h) * g.w + column) * g.c;
            const tap = (r * g.s + s) * g.cPerGroup * g.k;
            for (let c = 0; c < g.c; c++) {
              const value = inside ? x[pixel + c]! : 0;
              const firstK = Math.floor(c / g.cPerGroup) * g.kPerGroup;
              const row = tap + (c % g.cPerGroup) * g.k;
              for (let k = firstK; k < firstK + g.kPerGroup; k++) sums[row + k]! += value * dy[output + k]!;
            }
          }
        }
      }
    }
  }
  dw.set(sums);
  if (db) conv2dBackwardBias(undefined, { dy }, { db });
};
