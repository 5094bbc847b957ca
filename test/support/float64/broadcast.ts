import { at, type Expected, exact, type Operand, sizeOf, TermSums, valueAt, valuesOf } from "./operand.js";

/** The extents that two shapes are stretched to. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [longA, longB] = [padded(a), padded(b)];
  return longA.map((extent, axis) => {
    const other = at(longB, axis);
    if (extent !== other && extent !== 1 && other !== 1) throw new Error(`oracle: [${a}] and [${b}] do not broadcast`);
    return Math.max(extent, other);
  });
}

/** The place of the element of `shape` with this row-major index in an operand that is stretched to it. */
function placeIn(operand: readonly number[], shape: readonly number[], index: number): number {
  let rest = index;
  let place = 0;
  let step = 1;
  for (let i = 1; i <= shape.length; i++) {
    const extent = at(shape, shape.length - i);
    const position = rest % extent;
    rest = Math.floor(rest / extent);
    if (i > operand.length) continue;
    const own = at(operand, operand.length - i);
    place += (own === 1 ? 0 : position) * step;
    step *= own;
  }
  return place;
}

/** The places of all elements of `shape`, in row-major order, in an operand that is stretched to it. */
export function places(operand: readonly number[], shape: readonly number[]): number[] {
  return Array.from({ length: sizeOf(shape) }, (_, index) => placeIn(operand, shape, index));
}

/** y: a + b. */
export function add(a: Operand, b: Operand): Expected {
  const y = new TermSums(broadcastShape(a.shape, b.shape));
  for (const operand of [a, b]) {
    const values = valuesOf("operand", operand, operand.shape);
    for (const [i, place] of places(operand.shape, y.shape).entries()) y.add(i, valueAt(values, place));
  }
  return y;
}

/** da and db: every output sends dy times the other factor to each of its two elements. */
export function mulBackward(a: Operand, b: Operand, dy: Operand) {
  const shape = broadcastShape(a.shape, b.shape);
  const gradients = valuesOf("dy", dy, shape);
  const gradientOf = (own: Operand, other: Operand): Expected => {
    const sums = new TermSums(own.shape, true);
    const otherValues = valuesOf("operand", other, other.shape);
    const otherPlaces = places(other.shape, shape);
    for (const [i, place] of places(own.shape, shape).entries()) {
      sums.add(place, valueAt(gradients, i) * valueAt(otherValues, at(otherPlaces, i)));
    }
    return sums;
  };
  return { da: gradientOf(a, b), db: gradientOf(b, a) };
}

export interface ReduceOptions {
  readonly axes?: readonly number[];
  readonly keepDimensions?: boolean;
}

function reduced(shape: readonly number[], options: ReduceOptions) {
  const axes = (options.axes ?? [...shape.keys()]).map((axis) => (axis < 0 ? axis + shape.length : axis));
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const output = options.keepDimensions ? kept : shape.filter((_, axis) => !axes.includes(axis));
  return { kept, output, count: sizeOf(shape) / sizeOf(output) };
}

/** The shape of y, and of dy. */
export function reducedShape(shape: readonly number[], options: ReduceOptions): readonly number[] {
  return reduced(shape, options).output;
}

function sumOver(x: Operand, options: ReduceOptions, termOf: (value: number, count: number) => number): Expected {
  const { kept, output, count } = reduced(x.shape, options);
  const values = valuesOf("x", x, x.shape);
  const y = new TermSums(output, true);
  for (const [i, place] of places(kept, x.shape).entries()) y.add(place, termOf(valueAt(values, i), count));
  return count === 1 ? exact(output, values) : y;
}

/** y: the sum over the axes. */
export function reduceSum(x: Operand, options: ReduceOptions): Expected {
  return sumOver(x, options, (value) => value);
}

/** y: the mean over the axes. A term is x divided by the number of elements. */
export function reduceMean(x: Operand, options: ReduceOptions): Expected {
  return sumOver(x, options, (value, count) => value / count);
}

/** dx: every sum sends dy to its elements, exactly. */
export function reduceSumBackward(shape: readonly number[], dy: Operand, options: ReduceOptions): Expected {
  const { kept, output } = reduced(shape, options);
  const gradients = valuesOf("dy", dy, output);
  return exact(
    shape,
    Float64Array.from(places(kept, shape), (place) => valueAt(gradients, place)),
  );
}

/** dx: every mean sends dy, divided by the number of its elements, to each of them. */
export function reduceMeanBackward(shape: readonly number[], dy: Operand, options: ReduceOptions): Expected {
  const { kept, output, count } = reduced(shape, options);
  const gradients = valuesOf("dy", dy, output);
  const dx = new TermSums(shape);
  for (const [i, place] of places(kept, shape).entries()) dx.add(i, valueAt(gradients, place) / count);
  return dx;
}
