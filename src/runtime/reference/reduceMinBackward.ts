import { reduceMin } from "./reduceMin.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { shareEvenly } from "./shareEvenly.js";

/** The reference of shaders/reduce/extremumBackward for reduceMin: the elements that equal the extremum share dy. */
export const reduceMinBackward: ReferenceKernel<"reduceMinBackward"> = (attributes, { x, dy }, { dx }) => {
  const y = new Float32Array(dy.length);
  reduceMin(attributes, { x }, { y });
  shareEvenly(attributes, x, y, dy, dx);
};
