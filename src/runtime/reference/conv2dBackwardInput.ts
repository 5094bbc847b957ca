import { maskByRelu } from "./masked.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/conv/conv2dBackwardInput: every output adds dy·w to the input elements of its window.
 */
export const conv2dBackwardInput: ReferenceKernel<"conv2dBackwardInput"> = ({ geometry: g }, { dy, w, x }, { dx }) => {
  const imageElements = g.h * g.w * g.c;
  const sums = new Float64Array(imageElements);
  for (let n = 0; n < g.n; n++) {
    sums.fill(0);
    for (let p = 0; p < g.p; p++) {
      for (let q = 0; q < g.q; q++) {
        const output = ((n * g.p + p) * g.q + q) * g.k;
        for (let r = 0; r < g.r; r++) {
          const h = p * g.strideHeight + r * g.dilationHeight - g.padTop;
          if (h < 0 || h >= g.h) continue;
          for (let s = 0; s < g.s; s++) {
            const column = q * g.strideWidth + s * g.dilationWidth - g.padLeft;
            if (column < 0 || column >= g.w) continue;
            const pixel = (h * g.w + column) * g.c;
            const tap = (r * g.s + s) * g.cPerGroup * g.k;
            for (let c = 0; c < g.c; c++) {
              const firstK = Math.floor(c / g.cPerGroup) * g.kPerGroup;
              const row = tap + (c % g.cPerGroup) * g.k;
              let sum = 0;
              for (let k = firstK; k < firstK + g.kPerGroup; k++) sum += dy[output + k]! * w[row + k]!;
              sums[pixel + c]! += sum;
            }
          }
        }
      }
    }
    dx.set(sums, n * imageElements);
  }
  if (x) maskByRelu(x, dx);
};
