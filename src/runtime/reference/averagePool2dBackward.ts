import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachWindow } from "./window.js";

/**
 * The reference of shaders/pool/averagePool2dBackward: each element of a window gets an equal share of the window's dy.
 */
export const averagePool2dBackward: ReferenceKernel<"averagePool2dBackward"> = (attributes, { dy }, { dx }) => {
  const { geometry: g, countIncludePad } = attributes;
  const sums = new Float64Array(dx.length);
  forEachWindow(g, ({ output, taps, paddedCount }) => {
    const divisor = countIncludePad ? paddedCount : taps.length;
    for (const tap of taps) for (let c = 0; c < g.c; c++) sums[tap + c]! += dy[output + c]! / divisor;
  });
  dx.set(sums);
};
