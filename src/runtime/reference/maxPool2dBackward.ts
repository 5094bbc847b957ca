import { maskByRelu } from "./masked.js";
import { winner } from "./maxPool2d.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachWindow } from "./window.js";

/**
 * The reference of shaders/pool/maxPool2dBackward: the first maximum of a window gets its dy, or every element equal to
 * the maximum.
 */
export const maxPool2dBackward: ReferenceKernel<"maxPool2dBackward"> = (attributes, { x, dy }, { dx }) => {
  const { geometry: g, ties, rectified } = attributes;
  const sums = new Float64Array(dx.length);
  forEachWindow(g, ({ output, taps }) => {
    for (let c = 0; c < g.c; c++) {
      const first = winner(x, c, taps);
      if (ties === "first") {
        sums[first + c]! += dy[output + c]!;
        continue;
      }
      // NaN equals nothing. So if the maximum of a window is NaN, no element gets its gradient.
      const maximum = x[first + c];
      for (const tap of taps) if (x[tap + c] === maximum) sums[tap + c]! += dy[output + c]!;
    }
  });
  dx.set(sums);
  if (rectified) maskByRelu(x, dx);
};
