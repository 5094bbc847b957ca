import type { WindowGeometry } from "../../core/geometry.js";
import { forEachWindow } from "./window.js";

/** The twin of shaders/pool/averagePool2dBackward: each window hands equal shares of its dy to its elements. */
export function averagePool2dBackward(
  g: WindowGeometry,
  countIncludePad: boolean,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const sums = new Float64Array(dx.length);
  forEachWindow(g, ({ output, taps, paddedCount }) => {
    const divisor = countIncludePad ? paddedCount : taps.length;
    for (const tap of taps) for (let c = 0; c < g.c; c++) sums[tap + c]! += dy[output + c]! / divisor;
  });
  dx.set(sums);
}
