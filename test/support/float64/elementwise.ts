import { at, type Expected, type Operand, valueAt, valuesOf } from "./operand.js";

/** An output of one rounded term per element. Its bound is `units` times 2⁻²³ of its value. */
function rounded(shape: readonly number[], values: Float64Array, units: (i: number) => number = () => 3): Expected {
  // K = 1 and c = 6 make three units of 2⁻²³ for each of Σ|terms|.
  const magnitude = values.map((value, i) => (Math.abs(value) * units(i)) / 3);
  return { shape, values, magnitude, terms: new Float64Array(values.length).fill(1) };
}

const mapped = (x: Operand, map: (value: number) => number) => valuesOf("x", x, x.shape).map((value) => map(value));

/** dx from dy and the other operand, element by element. */
function mappedPair(x: Operand, dy: Operand, map: (value: number, gradient: number) => number): Float64Array {
  const gradients = valuesOf("dy", dy, x.shape);
  return valuesOf("x", x, x.shape).map((value, i) => map(value, valueAt(gradients, i)));
}

/** The gradient passed through the ReLU that gave y: exactly 0 where y is not positive. */
export function throughRelu(y: Operand, dy: Expected): Expected {
  const masked = (values: Float64Array) => values.map((value, i) => (at(y.data, i) <= 0 ? 0 : value));
  return { ...dy, values: masked(dy.values), magnitude: masked(dy.magnitude), terms: masked(dy.terms) };
}

/**
 * y: 1 / (1 + exp(−x)). Computed from exp(−|x|), which WGSL grants 3 + 2 |x| units in the last place. The share of that in y: d log y / d log exp
 * is 1 − y for a negative x, and the distance of y to 1 for a positive x, which is also 1 − y. A division adds 2.5 units, a sum half a unit, and
 * the second order one more.
 */
export function sigmoid(x: Operand): Expected {
  const values = mapped(x, (value) => 1 / (1 + Math.exp(-value)));
  return rounded(
    x.shape,
    values,
    (i) => 4 + (3 + 2 * Math.min(Math.abs(at(x.data, i)), 200)) * (1 - valueAt(values, i)),
  );
}

export function sigmoidBackward(y: Operand, dy: Operand): Expected {
  return rounded(
    y.shape,
    mappedPair(y, dy, (value, gradient) => gradient * (value * (1 - value))),
  );
}
