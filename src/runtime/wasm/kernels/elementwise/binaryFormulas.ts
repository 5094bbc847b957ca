import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { log, pow } from "../kit/math.js";

/**
 * An operator y = f(a, b), four elements at a time: src/runtime/reference/binaryFormulas.ts in WebAssembly. Arguments
 * are variables, so a formula may use them more than once.
 */
export interface BinaryFormula {
  value(f: FunctionBuilder, a: F32x4, b: F32x4): F32x4;
  /** ∂f/∂a · dy. */
  gradientA(f: FunctionBuilder, a: F32x4, b: F32x4, dy: F32x4): F32x4;
  gradientB(f: FunctionBuilder, a: F32x4, b: F32x4, dy: F32x4): F32x4;
}

const ZERO = F32x4.of(0);
const ONE = F32x4.of(1);

/** The part of dy that the larger operand gets. Equal ones get half each. If one is NaN, both get dy. */
const share = (own: F32x4, other: F32x4, dy: F32x4) =>
  dy.mul(F32x4.of(0.5)).select(own.equals(other), dy).whereNot(own.less(other));

/** The formulas by operator name. */
export const BINARY_FORMULAS: Readonly<Record<string, BinaryFormula>> = {
  add: {
    value: (_f, a, b) => a.add(b),
    gradientA: (_f, _a, _b, dy) => dy,
    gradientB: (_f, _a, _b, dy) => dy,
  },

  div: {
    value: (_f, a, b) => a.div(b),
    gradientA: (_f, _a, b, dy) => dy.div(b),
    gradientB: (_f, a, b, dy) => dy.neg().mul(a.div(b).div(b)),
  },

  maximum: {
    value: (_f, a, b) => a.max(b),
    gradientA: (_f, a, b, dy) => share(a, b, dy),
    gradientB: (_f, a, b, dy) => share(b, a, dy),
  },

  minimum: {
    value: (_f, a, b) => a.min(b),
    gradientA: (_f, a, b, dy) => share(b, a, dy),
    gradientB: (_f, a, b, dy) => share(a, b, dy),
  },

  mul: {
    value: (_f, a, b) => a.mul(b),
    gradientA: (_f, _a, b, dy) => dy.mul(b),
    gradientB: (_f, a, _b, dy) => dy.mul(a),
  },

  pow: {
    value: (f, a, b) => pow(f, a, b),
    gradientA: (f, a, b, dy) => dy.mul(b.mul(pow(f, a, b.sub(ONE)))).whereNot(b.equals(ZERO)),
    gradientB: (f, a, b, dy) => dy.mul(pow(f, a, b).mul(log(f, a))).whereNot(a.equals(ZERO).and(b.atLeast(ZERO))),
  },

  prelu: {
    value: (_f, a, b) => a.select(a.greater(ZERO), b.mul(a)),
    gradientA: (_f, a, b, dy) => dy.select(a.greater(ZERO), b.mul(dy)),
    gradientB: (_f, a, _b, dy) => a.mul(dy).whereNot(a.greater(ZERO)),
  },

  sub: {
    value: (_f, a, b) => a.sub(b),
    gradientA: (_f, _a, _b, dy) => dy,
    gradientB: (_f, _a, _b, dy) => dy.neg(),
  },
};
