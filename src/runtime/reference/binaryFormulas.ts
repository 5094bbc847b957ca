import { unlessOverflow } from "./overflow.js";
import { exactly, underflow, units } from "./unaryFormulas.js";

/**
 * An operator y = f(a, b) in float64. Magnitudes are as in `UnaryFormula`; each is the absolute value of its formula if
 * left out.
 */
export interface BinaryFormula {
  value(a: number, b: number): number;
  /** ∂f/∂a · dy. */
  gradientA(a: number, b: number, dy: number): number;
  gradientB(a: number, b: number, dy: number): number;
  magnitude?(a: number, b: number): number;
  gradientAMagnitude?(a: number, b: number, dy: number): number;
  gradientBMagnitude?(a: number, b: number, dy: number): number;
}

/**
 * The part of dy that an operand gets. An operand with a positive `lead` gets dy. If `lead` is NaN, both operands get
 * dy.
 */
const share = (lead: number, dy: number) => (lead === 0 ? dy / 2 : lead < 0 ? 0 : dy);
/** a − b, which is 0 for equal infinities. */
const leadOf = (a: number, b: number) => (a === b ? 0 : a - b);

/** IEEE 754's pow. It differs from JavaScript's: pow(1, b) is 1 for every b, and pow(−1, ±∞) is 1. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

/**
 * The units of the shader's a^b = exp(t), t = b · log |a|. The logarithm has 6 units and the product 0.5. In exp's
 * value they count |t| times. exp has 3 + 2 |t|. One unit is for the second order.
 */
function powerUnits(a: number, b: number): number {
  const t = Math.abs(b * Math.log(Math.abs(a)));
  return Number.isNaN(t) ? 0 : 4 + 8.5 * Math.min(t, 128);
}

export const BINARY_FORMULAS: Readonly<Record<string, BinaryFormula>> = {
  add: {
    value: (a, b) => a + b,
    gradientA: (_a, _b, dy) => dy,
    gradientB: (_a, _b, dy) => dy,
    gradientAMagnitude: exactly,
    gradientBMagnitude: exactly,
  },

  div: {
    value: (a, b) => a / b,
    gradientA: (_a, b, dy) => dy / b,
    gradientB: (a, b, dy) => -dy * (a / b / b),
    // Two quotients and a product. Either quotient may underflow.
    gradientBMagnitude(a, b, dy) {
      const lost = underflow(dy) + underflow(dy / b);
      return unlessOverflow([a / b, a / b / b], units(6, (dy * a) / b / b) + lost);
    },
  },

  maximum: {
    value: (a, b) => Math.max(a, b),
    gradientA: (a, b, dy) => share(leadOf(a, b), dy),
    gradientB: (a, b, dy) => share(leadOf(b, a), dy),
    magnitude: exactly,
    gradientAMagnitude: exactly,
    gradientBMagnitude: exactly,
  },

  minimum: {
    value: (a, b) => Math.min(a, b),
    gradientA: (a, b, dy) => share(leadOf(b, a), dy),
    gradientB: (a, b, dy) => share(leadOf(a, b), dy),
    magnitude: exactly,
    gradientAMagnitude: exactly,
    gradientBMagnitude: exactly,
  },

  mul: {
    value: (a, b) => a * b,
    gradientA: (_a, b, dy) => dy * b,
    gradientB: (a, _b, dy) => dy * a,
  },

  pow: {
    value: power,
    // b − 1, rounded to float32. For a large b this is b itself, which is even, and decides the sign.
    gradientA: (a, b, dy) => (b === 0 ? 0 : dy * (b * power(a, Math.fround(b - 1)))),
    gradientB: (a, b, dy) => (a === 0 && b >= 0 ? 0 : dy * (power(a, b) * Math.log(a))),
    magnitude: (a, b) => units(powerUnits(a, b), power(a, b)),
    gradientAMagnitude(a, b, dy) {
      const y = power(a, Math.fround(b - 1));
      const size = 1 + powerUnits(a, b - 1);
      return unlessOverflow([y, b * y], units(size, dy * b * y) + underflow(dy * b) + underflow(dy));
    },
    gradientBMagnitude(a, b, dy) {
      const y = power(a, b);
      const lost = underflow(dy * Math.log(a)) + underflow(dy);
      return unlessOverflow([y, y * Math.log(a)], units(7 + powerUnits(a, b), dy * y * Math.log(a)) + lost);
    },
  },

  prelu: {
    value: (a, b) => (a > 0 ? a : b * a),
    gradientA: (a, b, dy) => (a > 0 ? dy : b * dy),
    gradientB: (a, _b, dy) => (a > 0 ? 0 : a * dy),
  },

  sub: {
    value: (a, b) => a - b,
    gradientA: (_a, _b, dy) => dy,
    gradientB: (_a, _b, dy) => -dy,
    gradientAMagnitude: exactly,
    gradientBMagnitude: exactly,
  },
};
