import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/reduce/reduceMean: the mean of the elements of x that are reduced to one element of
 * `keptShape`.
 */
export const reduceMean: ReferenceKernel<"reduceMean"> = ({ shape, keptShape }, { x }, { y }) => {
  const sums = new Float64Array(y.length);
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    sums[j]! += x[i]!;
  });
  const divisor = x.length / y.length;
  for (let j = 0; j < y.length; j++) y[j] = sums[j]! / divisor;
};
