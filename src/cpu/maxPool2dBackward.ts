import type { WindowGeometry } from "../geometry.js";
import { winner } from "./maxPool2d.js";
import { windowsOf } from "./window.js";

/** The twin of shaders/maxPool2dBackward: each window hands its dy to its first maximum, or to every element equal to it. */
export function maxPool2dBackward(
  g: WindowGeometry,
  ties: "first" | "all",
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const windows = windowsOf(g);
  const imageElements = g.h * g.w * g.c;
  const sums = new Float64Array(imageElements);
  for (let n = 0; n < g.n; n++) {
    sums.fill(0);
    const input = n * imageElements;
    const output = n * g.p * g.q * g.c;
    for (const window of windows) {
      for (let c = 0; c < g.c; c++) {
        const gradient = dy[output + window.output + c]!;
        const first = winner(x, input + c, window.taps);
        if (ties === "first") sums[first + c]! += gradient;
        else {
          const maximum = x[input + first + c];
          // NaN equals nothing, so a window whose maximum is NaN hands out nothing.
          for (const tap of window.taps) if (x[input + tap + c] === maximum) sums[tap + c]! += gradient;
        }
      }
    }
    dx.set(sums, input);
  }
}
