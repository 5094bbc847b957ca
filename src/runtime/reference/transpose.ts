import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/arrange/transpose: fills y in row-major order. The strides give the position of each element
 * in x.
 */
export const transpose: ReferenceKernel<"transpose"> = ({ extents, strides }, { x }, { y }) => {
  let next = 0;
  const move = (axis: number, from: number) => {
    if (axis === extents.length) y[next++] = x[from]!;
    else for (let i = 0; i < extents[axis]!; i++) move(axis + 1, from + i * strides[axis]!);
  };
  move(0, 0);
};
