import { at, type Expected, exact, type Operand, valueAt, valuesOf } from "./operand.js";

/** An output of one rounded term each, whose bound is `units` times 2⁻²³ of its value. */
function rounded(shape: readonly number[], values: Float64Array, units: (i: number) => number = () => 3): Expected {
  // K = 1 and c = 6 make three units of 2⁻²³ for each of Σ|terms|.
  const magnitude = values.map((value, i) => (Math.abs(value) * units(i)) / 3);
  return { shape, values, magnitude, terms: new Float64Array(values.length).fill(1) };
}

const mapped = (x: Operand, map: (value: number) => number) => valuesOf("x", x, x.shape).map((value) => map(value));

/** dx from dy and what stands beside it, element by element. */
function mappedPair(x: Operand, dy: Operand, map: (value: number, gradient: number) => number): Float64Array {
  const gradients = valuesOf("dy", dy, x.shape);
  return valuesOf("x", x, x.shape).map((value, i) => map(value, valueAt(gradients, i)));
}

/** y: max(x, 0), exactly. */
export function relu(x: Operand): Expected {
  return exact(
    x.shape,
    mapped(x, (value) => Math.max(value, 0)),
  );
}

/** dx: dy where the forward's output tells that the input was positive, or that it was NaN. */
export function reluBackward(y: Operand, dy: Operand): Expected {
  return exact(
    y.shape,
    mappedPair(y, dy, (value, gradient) => (value > 0 || Number.isNaN(value) ? gradient : 0)),
  );
}

/** What has been computed, on through the rectifier that gave y: exactly 0 where y is not positive. */
export function throughRelu(y: Operand, dy: Expected): Expected {
  const masked = (values: Float64Array) => values.map((value, i) => (at(y.data, i) <= 0 ? 0 : value));
  return { ...dy, values: masked(dy.values), magnitude: masked(dy.magnitude), terms: masked(dy.terms) };
}

/** y: x, or where that is negative alpha · x, alpha being a float32. */
export function leakyRelu(x: Operand, alpha: number): Expected {
  return rounded(
    x.shape,
    mapped(x, (value) => (value < 0 ? Math.fround(alpha) * value : value)),
  );
}

export function leakyReluBackward(x: Operand, dy: Operand, alpha: number): Expected {
  return rounded(
    x.shape,
    mappedPair(x, dy, (value, gradient) => (value > 0 || Number.isNaN(value) ? 1 : Math.fround(alpha)) * gradient),
  );
}

/**
 * y: 1 / (1 + exp(−x)). Computed from exp(−|x|), which WGSL grants 3 + 2 |x| units in the last place. How much of that reaches y: d log y / d log exp
 * is 1 − y for a negative x, and y's distance to 1 for a positive one, so 1 − y in both. A division has 2.5 units, a sum half a one; another for the
 * second order.
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

/**
 * y: tanh x. Below 0.625 a polynomial, within two units. Above it from p = exp(−2 |x|), which WGSL grants 3 + 4 |x| units:
 * d log y / d log p = −2p / (1 − p²). A division has 2.5 units, the sum and the difference half a one each; another half for the second order.
 */
export function tanh(x: Operand): Expected {
  return rounded(x.shape, mapped(x, Math.tanh), (i) => {
    const size = Math.abs(at(x.data, i));
    const p = Math.exp(-2 * size);
    return size < 0.625 ? 4 : 4 + (p === 0 ? 0 : (3 + 4 * size) * ((2 * p) / (1 - p * p)));
  });
}

export function tanhBackward(y: Operand, dy: Operand): Expected {
  return rounded(
    y.shape,
    mappedPair(y, dy, (value, gradient) => gradient * ((1 - value) * (1 + value))),
  );
}
