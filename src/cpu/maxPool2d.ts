import type { WindowGeometry } from "../geometry.js";
import { windowsOf } from "./window.js";

/** The twin of shaders/maxPool2d: the largest element of each window; NaN where there is one. Padding never wins. */
export function maxPool2d(g: WindowGeometry, x: Float32Array, y: Float32Array): void {
  const windows = windowsOf(g);
  for (let n = 0; n < g.n; n++) {
    const input = n * g.h * g.w * g.c;
    const output = n * g.p * g.q * g.c;
    for (const window of windows) {
      for (let c = 0; c < g.c; c++) y[output + window.output + c] = x[input + winner(x, input + c, window.taps) + c]!;
    }
  }
}

/** Of the taps at `offset`, the first that holds the maximum, or the first that holds NaN. */
export function winner(x: Float32Array, offset: number, taps: readonly number[]): number {
  let best = taps[0]!;
  for (const tap of taps) {
    const value = x[offset + tap]!;
    if (Number.isNaN(x[offset + best])) break;
    if (value > x[offset + best]! || Number.isNaN(value)) best = tap;
  }
  return best;
}
