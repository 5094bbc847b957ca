import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/reduce/reduceMax: the largest of the elements of x that are reduced to one element of
 * `keptShape`.
 */
export const reduceMax: ReferenceKernel<"reduceMax"> = ({ shape, keptShape }, { x }, { y }) => {
  y.fill(-Infinity);
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    y[j] = Math.max(y[j]!, x[i]!);
  });
};
