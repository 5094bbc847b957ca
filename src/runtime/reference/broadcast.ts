import type { Shape } from "../../core/shape.js";

/**
 * Visits every element of `shape` in row-major order, with the indices of its elements in a and b. Their shapes are
 * stretched to `shape`, as numpy broadcasts them.
 */
export function forEachBroadcast(
  shape: Shape,
  aShape: Shape,
  bShape: Shape,
  visit: (y: number, a: number, b: number) => void,
): void {
  const aStrides = stretchedStrides(shape, aShape);
  const bStrides = stretchedStrides(shape, bShape);
  let next = 0;
  const walk = (axis: number, a: number, b: number): void => {
    if (axis === shape.length) {
      visit(next++, a, b);
      return;
    }
    for (let i = 0; i < shape[axis]!; i++) walk(axis + 1, a + i * aStrides[axis]!, b + i * bStrides[axis]!);
  };
  walk(0, 0, 0);
}

/**
 * The strides of an operand along the axes of `shape`. A stride is 0 if the operand is stretched along the axis, or
 * lacks it.
 */
function stretchedStrides(shape: Shape, operand: Shape): number[] {
  const strides = shape.map(() => 0);
  let step = 1;
  for (let i = 1; i <= operand.length; i++) {
    const extent = operand[operand.length - i]!;
    if (extent > 1) strides[shape.length - i] = step;
    step *= extent;
  }
  return strides;
}
