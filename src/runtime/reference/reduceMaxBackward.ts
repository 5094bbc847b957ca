import { reduceMax } from "./reduceMax.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { shareEvenly } from "./shareEvenly.js";

/** The reference of shaders/reduce/extremumBackward for reduceMax: the elements that equal the extremum share dy. */
export const reduceMaxBackward: ReferenceKernel<"reduceMaxBackward"> = (attributes, { x, dy }, { dx }) => {
  const y = new Float32Array(dy.length);
  reduceMax(attributes, { x }, { y });
  shareEvenly(attributes, x, y, dy, dx);
};
