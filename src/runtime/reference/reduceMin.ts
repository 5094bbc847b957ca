import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/reduce/reduceMin: the smallest of the elements of x that are reduced to one element of
 * `keptShape`.
 */
export const reduceMin: ReferenceKernel<"reduceMin"> = ({ shape, keptShape }, { x }, { y }) => {
  y.fill(Infinity);
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    y[j] = Math.min(y[j]!, x[i]!);
  });
};
