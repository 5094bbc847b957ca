import { places, type ReduceOptions, reducedShape } from "./broadcast.js";
import { at, type Expected, exact, type Operand, sizeOf, valueAt, valuesOf } from "./operand.js";

/** Whether a value is better than another. NaN is never better: the callers look for it first. */
type Better = (value: number, best: number) => boolean;

const larger: Better = (value, best) => value > best;
const smaller: Better = (value, best) => value < best;

/** The elements of x that belong to each element of the output. */
function groupsOf(x: Operand, options: ReduceOptions) {
  const kept = reducedShape(x.shape, { ...options, keepDimensions: true });
  const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
  for (const [i, place] of places(kept, x.shape).entries()) groups[place]?.push(i);
  return groups;
}

function winnerOf(values: Float64Array, group: readonly number[], better: Better): number {
  const nan = group.find((i) => Number.isNaN(valueAt(values, i)));
  if (nan !== undefined) return nan;
  return group.reduce((best, i) => (better(valueAt(values, i), valueAt(values, best)) ? i : best));
}

function extremum(x: Operand, options: ReduceOptions, better: Better): Expected {
  const values = valuesOf("x", x, x.shape);
  const winners = groupsOf(x, options).map((group) => valueAt(values, winnerOf(values, group, better)));
  return exact(reducedShape(x.shape, options), Float64Array.from(winners));
}

/** dx: the elements equal to the extremum share dy evenly. Each gets one quotient. */
function extremumBackward(x: Operand, dy: Operand, options: ReduceOptions, better: Better): Expected {
  const values = valuesOf("x", x, x.shape);
  const gradients = valuesOf("dy", dy, reducedShape(x.shape, options));
  const dx = new Float64Array(values.length);
  for (const [place, group] of groupsOf(x, options).entries()) {
    const best = valueAt(values, winnerOf(values, group, better));
    const ties = group.filter((i) => Object.is(valueAt(values, i), best) || valueAt(values, i) === best);
    for (const i of ties) dx[i] = valueAt(gradients, place) / ties.length;
  }
  return { shape: x.shape, values: dx, magnitude: dx.map(Math.abs), terms: dx.map((value) => (value === 0 ? 0 : 1)) };
}

/** y: the largest element over the axes, exactly, or NaN if there is one. */
export const reduceMax = (x: Operand, options: ReduceOptions): Expected => extremum(x, options, larger);
/** y: the smallest element. */
export const reduceMin = (x: Operand, options: ReduceOptions): Expected => extremum(x, options, smaller);

export const reduceMaxBackward = (x: Operand, dy: Operand, options: ReduceOptions): Expected =>
  extremumBackward(x, dy, options, larger);
export const reduceMinBackward = (x: Operand, dy: Operand, options: ReduceOptions): Expected =>
  extremumBackward(x, dy, options, smaller);

/** y: the position of the first largest element along the axis. */
export function argMax(x: Operand, axis: number, keepDimensions = false): Expected {
  const values = valuesOf("x", x, x.shape);
  const options = { axes: [axis], keepDimensions };
  const step = sizeOf(x.shape.slice(axis < 0 ? axis + x.shape.length + 1 : axis + 1));
  const positions = groupsOf(x, options).map((group) => (winnerOf(values, group, larger) - at(group, 0)) / step);
  return exact(reducedShape(x.shape, options), Float64Array.from(positions));
}
