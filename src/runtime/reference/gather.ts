import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/gather: the rows that the indices name. An index that names no row gives zeros. */
export const gather: ReferenceKernel<"gather"> = ({ outer, rows, count, inner }, { x, indices }, { y }) => {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const row = rowOf(indices[j]!, rows);
      const to = (o * count + j) * inner;
      const from = (o * rows + (row ?? 0)) * inner;
      if (row === undefined) y.fill(0, to, to + inner);
      else y.set(x.subarray(from, from + inner), to);
    }
  }
};

/** The row that an index names. A negative index counts from the end. */
export function rowOf(index: number, rows: number): number | undefined {
  const row = index < 0 ? index + rows : index;
  return Number.isInteger(row) && row >= 0 && row < rows ? row : undefined;
}
