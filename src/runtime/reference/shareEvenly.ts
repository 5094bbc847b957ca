import type { ReduceAttributes } from "../../core/attributes.js";
import { forEachBroadcast } from "./broadcast.js";

/**
 * Computes dx: the elements of x that equal their extremum y share dy evenly. All others get 0. NaN counts as equal to
 * NaN.
 */
export function shareEvenly(
  { shape, keptShape }: ReduceAttributes,
  x: Float32Array,
  y: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const isShared = (i: number, j: number) => x[i] === y[j] || (Number.isNaN(x[i]) && Number.isNaN(y[j]));
  const counts = new Float64Array(y.length);
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    if (isShared(i, j)) counts[j]! += 1;
  });
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    dx[i] = isShared(i, j) ? dy[j]! / counts[j]! : 0;
  });
}
