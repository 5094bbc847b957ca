import { at } from "./operand.js";

/**
 * The slope of Σ forward(point) · dy along `direction`, by a central difference. Σ gradient · direction must equal it.
 * If `forward` is linear, it is exact up to float64's rounding for any step. The place of a maximum must not change within the step.
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

/** The whole gradient of Σ forward(point) · dy. Each element needs two forwards: only for small points. */
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

/** The direction that moves only element i. */
export function unitVector(size: number, i: number): Float64Array {
  const direction = new Float64Array(size);
  direction[i] = 1;
  return direction;
}
