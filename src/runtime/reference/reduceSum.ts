import type { Shape } from "../../core/shape.js";
import { forEachBroadcast } from "./broadcast.js";

/**
 * The twin of shaders/reduce/reduceSum.
 *
 * @param shape of x
 * @param keptShape that of x with an extent of 1 for each axis that is summed over
 */
export function reduceSum(shape: Shape, keptShape: Shape, x: Float32Array, y: Float32Array): void {
  const sums = new Float64Array(y.length);
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    sums[j]! += x[i]!;
  });
  y.set(sums);
}
