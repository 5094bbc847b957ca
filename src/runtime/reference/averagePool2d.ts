import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachWindow } from "./window.js";

/**
 * The reference of shaders/pool/averagePool2d: the sum of each window, divided by the number of its elements, or of its
 * padded elements.
 */
export const averagePool2d: ReferenceKernel<"averagePool2d"> = (attributes, { x }, { y }) => {
  const { geometry: g, countIncludePad } = attributes;
  const sums = new Float64Array(g.c);
  forEachWindow(g, ({ output, taps, paddedCount }) => {
    sums.fill(0);
    for (const tap of taps) for (let c = 0; c < g.c; c++) sums[c]! += x[tap + c]!;
    const divisor = countIncludePad ? paddedCount : taps.length;
    for (let c = 0; c < g.c; c++) y[output + c] = sums[c]! / divisor;
  });
};
