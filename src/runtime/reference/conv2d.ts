import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/conv/conv2d: y = relu?(Σ x·w + bias), x nhwc, w hwio. Padding is a real zero. */
export const conv2d: ReferenceKernel<"conv2d"> = ({ geometry: g, relu }, { x, w, bias }, { y }) => {
  const sums = new Float64Array(g.k);
  let next = 0;
  for (let n = 0; n < g.n; n++) {
    for (let p = 0; p < g.p; p++) {
      for (let q = 0; q < g.q; q++) {
        if (bias) sums.set(bias);
        else sums.fill(0);
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
              for (let k = firstK; k < firstK + g.kPerGroup; k++) sums[k]! += value * w[row + k]!;
            }
          }
        }
        for (let k = 0; k < g.k; k++) y[next++] = relu && sums[k]! < 0 ? 0 : sums[k]!;
      }
    }
  }
};
