import type { WindowGeometry } from "../../core/geometry.js";
import { forEachWindow } from "./window.js";

/** The twin of shaders/pool/averagePool2d: each window's sum over the number of its elements, or of its padded elements. */
export function averagePool2d(g: WindowGeometry, countIncludePad: boolean, x: Float32Array, y: Float32Array): void {
  const sums = new Float64Array(g.c);
  forEachWindow(g, ({ output, taps, paddedCount }) => {
    sums.fill(0);
    for (const tap of taps) for (let c = 0; c < g.c; c++) sums[c]! += x[tap + c]!;
    const divisor = countIncludePad ? paddedCount : taps.length;
    for (let c = 0; c < g.c; c++) y[output + c] = sums[c]! / divisor;
  });
}
