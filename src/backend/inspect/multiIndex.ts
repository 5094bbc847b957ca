import type { Shape } from "../../core/shape.js";

/** The indices of the i-th element in row-major order. */
export function multiIndex(i: number, shape: Shape): number[] {
  const index: number[] = [];
  for (const extent of shape.toReversed()) {
    index.unshift(i % extent);
    i = Math.floor(i / extent);
  }
  return index;
}
