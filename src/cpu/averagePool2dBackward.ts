import type { WindowGeometry } from "../geometry.js";
import { windowsOf } from "./window.js";

/** The twin of shaders/averagePool2dBackward: each window hands equal shares of its dy to its elements. */
export function averagePool2dBackward(
  g: WindowGeometry,
  countIncludePad: boolean,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const windows = windowsOf(g);
  const imageElements = g.h * g.w * g.c;
  const sums = new Float64Array(imageElements);
  for (let n = 0; n < g.n; n++) {
    sums.fill(0);
    const output = n * g.p * g.q * g.c;
    for (const window of windows) {
      const divisor = countIncludePad ? window.paddedCount : window.taps.length;
      for (const tap of window.taps) {
        for (let c = 0; c < g.c; c++) sums[tap + c]! += dy[output + window.output + c]! / divisor;
      }
    }
    dx.set(sums, n * imageElements);
  }
}
