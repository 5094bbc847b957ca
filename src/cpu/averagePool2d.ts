import type { WindowGeometry } from "../geometry.js";
import { windowsOf } from "./window.js";

/** The twin of shaders/averagePool2d: each window's sum over the number of its elements, or of its padded elements. */
export function averagePool2d(g: WindowGeometry, countIncludePad: boolean, x: Float32Array, y: Float32Array): void {
  const windows = windowsOf(g);
  const sums = new Float64Array(g.c);
  for (let n = 0; n < g.n; n++) {
    const input = n * g.h * g.w * g.c;
    const output = n * g.p * g.q * g.c;
    for (const window of windows) {
      sums.fill(0);
      for (const tap of window.taps) for (let c = 0; c < g.c; c++) sums[c]! += x[input + tap + c]!;
      const divisor = countIncludePad ? window.paddedCount : window.taps.length;
      for (let c = 0; c < g.c; c++) y[output + window.output + c] = sums[c]! / divisor;
    }
  }
}
