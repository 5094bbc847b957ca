import type { WindowGeometry } from "../../core/geometry.js";
import { winner } from "./maxPool2d.js";
import { reluBackward } from "./reluBackward.js";
import { forEachWindow } from "./window.js";

/** The twin of shaders/pool/maxPool2dBackward: each window hands its dy to its first maximum, or to every element equal to it. */
export function maxPool2dBackward(
  g: WindowGeometry,
  ties: "first" | "all",
  rectified: boolean,
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const sums = new Float64Array(dx.length);
  forEachWindow(g, ({ output, taps }) => {
    for (let c = 0; c < g.c; c++) {
      const first = winner(x, c, taps);
      if (ties === "first") {
        sums[first + c]! += dy[output + c]!;
        continue;
      }
      // NaN equals nothing, so a window whose maximum is NaN hands out nothing.
      const maximum = x[first + c];
      for (const tap of taps) if (x[tap + c] === maximum) sums[tap + c]! += dy[output + c]!;
    }
  });
  dx.set(sums);
  if (rectified) reluBackward(x, dx, dx);
}
