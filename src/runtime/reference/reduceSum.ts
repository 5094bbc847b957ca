import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/reduce/reduceSum: the sum of the elements of x that are reduced to one element of
 * `keptShape`.
 */
export const reduceSum: ReferenceKernel<"reduceSum"> = ({ shape, keptShape }, { x }, { y }) => {
  const sums = new Float64Array(y.length);
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    sums[j]! += x[i]!;
  });
  y.set(sums);
};
