import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/concat: the rows of all inputs side by side. */
export const concat: ReferenceKernel<"concat"> = ({ rows }, inputs, { y }) => {
  const all = Object.values(inputs);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (const x of all) {
      const length = x.length / rows;
      y.set(x.subarray(row * length, (row + 1) * length), next);
      next += length;
    }
  }
};
