import type { Shape } from "../../core/shape.js";
import { forEachBroadcast } from "./broadcast.js";

/** The twin of shaders/elementwise/mul: a · b, both stretched to `shape`. */
export function mul(
  shape: Shape,
  aShape: Shape,
  bShape: Shape,
  a: Float32Array,
  b: Float32Array,
  y: Float32Array,
): void {
  forEachBroadcast(shape, aShape, bShape, (i, j, k) => {
    y[i] = a[j]! * b[k]!;
  });
}
