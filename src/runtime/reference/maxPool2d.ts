import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachWindow } from "./window.js";

/**
 * The reference of shaders/pool/maxPool2d: the largest element of each window. NaN if there is one. Padding never wins.
 */
export const maxPool2d: ReferenceKernel<"maxPool2d"> = (g, { x }, { y }) => {
  forEachWindow(g, ({ output, taps }) => {
    for (let c = 0; c < g.c; c++) y[output + c] = x[winner(x, c, taps) + c]!;
  });
};

/** The winning tap of a window: the first tap that holds the maximum of channel c, or the first that holds NaN. */
export function winner(x: Float32Array, c: number, taps: readonly number[]): number {
  let best = taps[0]!;
  let maximum = x[best + c]!;
  for (let i = 1; i < taps.length && !Number.isNaN(maximum); i++) {
    const value = x[taps[i]! + c]!;
    if (value > maximum || Number.isNaN(value)) [best, maximum] = [taps[i]!, value];
  }
  return best;
}
