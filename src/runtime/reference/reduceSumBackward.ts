import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/reduce/reduceSumBackward: dy [keptShape], stretched to `shape`. */
export const reduceSumBackward: ReferenceKernel<"reduceSumBackward"> = ({ shape, keptShape }, { dy }, { dx }) => {
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    dx[i] = dy[j]!;
  });
};
