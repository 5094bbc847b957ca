import { at } from "./operand.js";

/**
 * The slope of Σ forward(point) · dy along `direction`, by a central difference: what Σ gradient · direction must be.
 * Exact up to float64's rounding where `forward` is linear, with any step; a maximum must not change places within it.
 */
export function slopeAlong(
  direction: ArrayLike<number>,
  forward: (point: Float64Array) => Float64Array,
  point: ArrayLike<number>,
  dy: ArrayLike<number>,
  step = 2 ** -10,
): number {
  const moved = (distance: number) => Float64Array.from(point, (value, i) => value + distance * at(direction, i));
  const above = forward(moved(step));
  const below = forward(moved(-step));
  return above.reduce((slope, value, j) => slope + ((value - at(below, j)) / (2 * step)) * at(dy, j), 0);
}

/** The whole gradient of Σ forward(point) · dy, one element after the other: two forwards each, so for small points. */
export function finiteDifference(
  forward: (point: Float64Array) => Float64Array,
  point: ArrayLike<number>,
  dy: ArrayLike<number>,
  step?: number,
): Float64Array {
  return Float64Array.from({ length: point.length }, (_, i) =>
    slopeAlong(unitVector(point.length, i), forward, point, dy, step),
  );
}

/** The direction that moves element i alone. */
export function unitVector(size: number, i: number): Float64Array {
  const direction = new Float64Array(size);
  direction[i] = 1;
  return direction;
}
