import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of `argMax`: the first position that holds the maximum, or the first that holds NaN. */
export const argMax: ReferenceKernel<"argMax"> = ({ length, inner }, { x }, { y }) => {
  for (let i = 0; i < y.length; i++) {
    const column = i % inner;
    const first = (i - column) * length + column;
    let best = first;
    y[i] = 0;
    for (let l = 1; l < length && !Number.isNaN(x[best]!); l++) {
      const element = first + l * inner;
      if (!(x[element]! > x[best]! || Number.isNaN(x[element]!))) continue;
      best = element;
      y[i] = l;
    }
  }
};
