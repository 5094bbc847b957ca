import { normalDensity, normalDistribution } from "./normalDistribution.js";
import { unlessOverflow } from "./overflow.js";

/** The options of a call, rounded to float32. */
export type Numbers = Readonly<Record<string, number>>;

/**
 * An operator y = f(x) in float64. A magnitude takes the place of the Σ|terms| of core/errorBound, with K = 1: the
 * shader is within 6 · 2⁻²⁴, three units in the last place, of each 1 in it.
 */
export interface UnaryFormula {
  value(x: number, numbers: Numbers): number;
  /** dx. `v` is x or y, as src/ops/elementwise says. */
  gradient(v: number, dy: number, numbers: Numbers): number;
  /** Of `value`; its absolute value if left out. */
  magnitude?(x: number, numbers: Numbers): number;
  /** Of `gradient`; its absolute value if left out. */
  gradientMagnitude?(v: number, dy: number, numbers: Numbers): number;
}

/**
 * The magnitude of an error of `count` units in the last place of a value. A unit is at most 2⁻²³ of the value.
 *
 * WGSL allows, in such units: sum, difference, product 0.5; quotient 2.5; sqrt 4.5; exp 3 + 2 |argument|; log 3
 * outside of [1/2, 2].
 */
export function units(count: number, value: number): number {
  return (count * Math.abs(value)) / 3;
}

/** The magnitude of a factor that may underflow: 2⁻¹²⁶, times the other factor. */
export function underflow(factor: number): number {
  return Math.abs(factor) * 2 ** -102;
}

/**
 * The magnitude of a value that is picked or moved, not computed. The promise's own 2⁻¹²⁶ remains, for adapters that
 * flush subnormals.
 */
export const exactly = () => 0;

/** |x|, but at most 128. Beyond that, exp(−|x|) is 0. */
const sizeOf = (x: number) => Math.min(Math.abs(x), 128);

export const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * The units of the shader's logistic function. The argument has an error of `ofArgument` units. Quotient 2.5, sum 0.5,
 * second order 1. The error of exp(−|x|) counts logistic(−x) times, which is d log logistic(x) / dx.
 */
export function logisticUnits(x: number, ofArgument = 0): number {
  return 4 + (3 + (2 + ofArgument) * sizeOf(x)) * logistic(-x);
}

/** log(1 + exp(−|x|)), the number that softplus adds to max(x, 0). */
export const softplusRest = (x: number) => Math.log1p(Math.exp(-Math.abs(x)));

/** The units of the shader's `softplusRest`: exp 3 + 2 |x|, quotient and sum 3, polynomial 2, second order 1. */
export const softplusRestUnits = (x: number) => 9 + 2 * sizeOf(x);

/** x · e. It is 0 if e is 0, even if x is infinite: e vanishes faster than x grows. */
const vanishing = (x: number, e: number) => (e === 0 ? 0 : x * e);

/**
 * x · Φ(x). The shader computes Φ(−|x|) as exp(−x² / 2) times a polynomial. In units: exp has 3 + x², which WGSL
 * allows, and x² / 4 for the rounding of its argument. The polynomial and the quotient that is its argument have 6.
 * Products and the second order have 1.
 */
const GELU = {
  value: (x: number) => vanishing(x, normalDistribution(x)),
  derivative: (x: number) => normalDistribution(x) + vanishing(x, normalDensity(x)),
  tailUnits: (x: number) => 10 + 1.25 * Math.min(x * x, 256),
  magnitude(x: number) {
    const tail = normalDistribution(-Math.abs(x));
    return units(this.tailUnits(x), vanishing(x, tail)) + units(2, this.value(x));
  },
  // Where x is positive, it is 1 − tail.
  derivativeMagnitude(x: number) {
    const tail = normalDistribution(-Math.abs(x)) + vanishing(Math.abs(x), normalDensity(x));
    return units(this.tailUnits(x), tail) + units(2, x > 0 ? 1 + tail : tail) + underflow(Math.min(Math.abs(x), 16));
  },
};

/** x · logistic(u), where u is twice the argument of tanh. Five products and a sum round u by 3 units. */
const GELU_BY_TANH = {
  u: (x: number) => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3),
  slope: (x: number) => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2),
  bend(x: number) {
    return vanishing(x * this.slope(x), logistic(this.u(x)) * logistic(-this.u(x)));
  },
  value(x: number) {
    return vanishing(x, logistic(this.u(x)));
  },
  derivative(x: number) {
    return logistic(this.u(x)) + this.bend(x);
  },
  magnitude(x: number) {
    return units(logisticUnits(this.u(x), 3) + 1, this.value(x)) + underflow(Math.min(Math.abs(x), 16));
  },
  derivativeMagnitude(x: number) {
    const [u, size] = [this.u(x), Math.min(Math.abs(x), 16)];
    const ofBend = 4 + logisticUnits(u, 3) + logisticUnits(-u, 3);
    const lost = underflow(1 + size * this.slope(size));
    return units(logisticUnits(u, 3) + 1, logistic(u)) + units(ofBend, this.bend(x)) + lost;
  },
};

/** The formulas by operator name. NaN stays NaN unless a formula's comment in src/ops/elementwise says otherwise. */
export const UNARY_FORMULAS: Readonly<Record<string, UnaryFormula>> = {
  abs: {
    value: Math.abs,
    gradient: (x, dy) => (x === 0 ? 0 : Math.sign(x) * dy),
    magnitude: exactly,
    gradientMagnitude: exactly,
  },

  clip: {
    value: (x, { min = 0, max = 0 }) => (x < min ? min : x > max ? max : x),
    gradient: (x, dy, { min = 0, max = 0 }) => (x < min || x > max ? 0 : dy),
    magnitude: exactly,
    gradientMagnitude: exactly,
  },

  elu: {
    value: (x, { alpha = 0 }) => (x > 0 ? x : alpha * Math.expm1(x)),
    gradient: (x, dy, { alpha = 0 }) => (x > 0 ? dy : alpha * Math.exp(x) * dy),
    // From −1 to 0 a polynomial, within 2 units, then the product. Below, the share of exp(x)'s error in exp(x) − 1.
    magnitude(x, { alpha = 0 }) {
      const ofPower = x < -1 ? (3 + 2 * sizeOf(x)) / Math.expm1(-x) : 0;
      return x > 0 ? Math.abs(x) : units(4 + ofPower, alpha * Math.expm1(x));
    },
    gradientMagnitude(x, dy, { alpha = 0 }) {
      return x > 0 ? Math.abs(dy) : units(5 + 2 * sizeOf(x), alpha * Math.exp(x) * dy) + underflow(alpha * dy);
    },
  },

  exp: {
    value: Math.exp,
    gradient: (y, dy) => dy * y,
    magnitude: (x) => units(3 + 2 * sizeOf(x), Math.exp(x)),
  },

  gelu: {
    value: (x, { tanh }) => (tanh ? GELU_BY_TANH : GELU).value(x),
    gradient: (x, dy, { tanh }) => dy * (tanh ? GELU_BY_TANH : GELU).derivative(x),
    magnitude: (x, { tanh }) => (tanh ? GELU_BY_TANH : GELU).magnitude(x),
    gradientMagnitude: (x, dy, { tanh }) => Math.abs(dy) * (tanh ? GELU_BY_TANH : GELU).derivativeMagnitude(x),
  },

  hardSigmoid: {
    value: (x, { alpha = 0, beta = 0 }) => Math.max(0, Math.min(1, alpha * x + beta)),
    gradient: (x, dy, { alpha = 0, min = 0, max = 0 }) => (x <= min || x >= max ? 0 : alpha * dy),
    // If the line is far outside the range from 0 to 1, its error has no effect.
    magnitude: (x, { alpha = 0, beta = 0 }) => Math.min(Math.abs(alpha * x), 1 + Math.abs(beta)) + Math.abs(beta),
  },

  hardSwish: {
    value: (x) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    gradient: (x, dy) => (x <= -3 ? 0 : x >= 3 ? dy : (x / 3 + 0.5) * dy),
    gradientMagnitude: (x, dy) => (Math.min(Math.abs(x), 3) / 3 + 0.5) * Math.abs(dy),
  },

  leakyRelu: {
    value: (x, { alpha = 0 }) => (x < 0 ? alpha * x : x),
    gradient: (x, dy, { alpha = 0 }) => (x <= 0 ? alpha * dy : dy),
  },

  log: {
    value: Math.log,
    gradient: (x, dy) => dy / x,
    // Near 1 a quotient, 2.5, the sum in it, and a polynomial within 2 units; else WGSL's 3.
    magnitude: (x) => units(6, Math.log(x)),
  },

  neg: {
    value: (x) => -x,
    gradient: (_x, dy) => -dy,
    magnitude: exactly,
    gradientMagnitude: exactly,
  },

  relu: {
    value: (x) => (x < 0 ? 0 : x),
    gradient: (y, dy) => (y <= 0 ? 0 : dy),
    magnitude: exactly,
    gradientMagnitude: exactly,
  },

  relu6: {
    value: (x) => (x < 0 ? 0 : x > 6 ? 6 : x),
    gradient: (y, dy) => (y <= 0 || y >= 6 ? 0 : dy),
    magnitude: exactly,
    gradientMagnitude: exactly,
  },

  sigmoid: {
    value: logistic,
    gradient: (y, dy) => dy * (y * (1 - y)),
    gradientMagnitude: (y, dy) => unlessOverflow(y * (1 - y), Math.abs(dy * (y * (1 - y)))),
    magnitude: (x) => units(logisticUnits(x), logistic(x)),
  },

  silu: {
    value: (x) => vanishing(x, logistic(x)),
    gradient: (x, dy) => dy * (logistic(x) + vanishing(x, logistic(x) * logistic(-x))),
    magnitude: (x) => units(logisticUnits(x) + 1, vanishing(x, logistic(x))) + underflow(sizeOf(x)),
    gradientMagnitude(x, dy) {
      const bend = vanishing(x, logistic(x) * logistic(-x));
      const ofBend = 2 + logisticUnits(x) + logisticUnits(-x);
      const ofValue = units(logisticUnits(x) + 1, dy * logistic(x));
      return ofValue + units(ofBend, dy * bend) + underflow(dy * sizeOf(x));
    },
  },

  softplus: {
    value: (x) => Math.max(x, 0) + softplusRest(x),
    gradient: (x, dy) => logistic(x) * dy,
    magnitude(x) {
      const rest = softplusRest(x);
      return units(softplusRestUnits(x), rest) + units(1, Math.max(x, 0) + rest);
    },
    gradientMagnitude: (x, dy) => units(logisticUnits(x) + 1, logistic(x) * dy) + underflow(dy),
  },

  sqrt: {
    value: Math.sqrt,
    gradient: (y, dy) => dy / (2 * y),
    magnitude: (x) => units(4.5, Math.sqrt(x)),
  },

  square: {
    value: (x) => x * x,
    gradient: (x, dy) => 2 * x * dy,
  },

  tanh: {
    value: Math.tanh,
    gradient: (y, dy) => dy * ((1 - y) * (1 + y)),
    gradientMagnitude: (y, dy) => unlessOverflow(1 - y * y, Math.abs(dy * ((1 - y) * (1 + y)))),
    // Near 0 a polynomial, within 2 units. Further out quotient 2.5, sum and difference 1, second order 0.5; and of
    // exp(−2 |x|), which WGSL grants 3 + 4 |x|, the share 1 / sinh(2 |x|).
    magnitude(x) {
      const size = sizeOf(x);
      const ofPower = size < 0.625 ? 0 : (3 + 4 * size) / Math.sinh(2 * size);
      return units(4 + ofPower, Math.tanh(x));
    },
  },
};
