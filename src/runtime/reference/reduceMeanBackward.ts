import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/reduce/reduceMeanBackward: dy [keptShape], divided by the number of elements of a mean,
 * stretched to `shape`.
 */
export const reduceMeanBackward: ReferenceKernel<"reduceMeanBackward"> = ({ shape, keptShape }, { dy }, { dx }) => {
  const divisor = dx.length / dy.length;
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    dx[i] = dy[j]! / divisor;
  });
};
