import { ShapeError, show } from "./errors.js";

/** The extents of a tensor, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** The number of elements of a tensor of this shape. */
export function elementsOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/**
 * Checks that `shape` is a list of positive integers. It returns a copy, so later changes of the caller's array have no
 * effect.
 *
 * @throws ShapeError
 */
export function checkShape(operator: string, argument: string, shape: unknown): Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${operator}: ${argument} must be an array of extents such as [1, 28, 28, 1], got ${show(shape)}`,
    );
  }
  const extents: number[] = [];
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 1) {
      throw new ShapeError(
        `${operator}: ${argument} has the extent ${show(extent)}, expected positive integers only (${argument} ${show(shape)})`,
      );
    }
    extents.push(extent);
  }
  if (!Number.isSafeInteger(elementsOf(extents))) {
    throw new ShapeError(`${operator}: ${argument} ${show(shape)} has more elements than can be counted`);
  }
  return Object.freeze(extents);
}

/** Checks that a shape has the four axes of `layout`. @throws ShapeError */
export function checkShape4(operator: string, argument: string, shape: unknown, layout: string): Shape {
  const extents = checkShape(operator, argument, shape);
  if (extents.length !== 4) {
    throw new ShapeError(
      `${operator}: ${argument} has rank ${extents.length}, expected 4 (${layout}), got [${extents.join(", ")}]; use reshape to add axes of extent 1`,
    );
  }
  return extents;
}
