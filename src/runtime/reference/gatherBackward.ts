import { rowOf } from "./gather.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/gatherBackward: each row gets the sum of the gradients of its copies. */
export const gatherBackward: ReferenceKernel<"gatherBackward"> = (attributes, { indices, dy }, { dx }) => {
  const { outer, rows, count, inner } = attributes;
  const sums = new Float64Array(dx.length);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const row = rowOf(indices[j]!, rows);
      if (row === undefined) continue;
      for (let i = 0; i < inner; i++) sums[(o * rows + row) * inner + i]! += dy[(o * count + j) * inner + i]!;
    }
  }
  dx.set(sums);
};
