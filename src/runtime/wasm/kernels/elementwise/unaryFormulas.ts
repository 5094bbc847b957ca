import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { exp, expm1, log, log1p, logistic, logistics, NEGATIVE, polynomial, tanh } from "../kit/math.js";

/** The options of a call, rounded to float32. */
export type Numbers = Readonly<Record<string, number>>;

/**
 * An operator y = f(x), four elements at a time: src/runtime/reference/unaryFormulas.ts in WebAssembly. Arguments are
 * variables, so a formula may use them more than once.
 */
export interface UnaryFormula {
  value(f: FunctionBuilder, x: F32x4, numbers: Numbers): F32x4;
  /** dx. `v` is x or y, as src/ops/elementwise says. */
  gradient(f: FunctionBuilder, v: F32x4, dy: F32x4, numbers: Numbers): F32x4;
}

const of = (x: number) => F32x4.of(x);
const ZERO = of(0);
const HALF = of(0.5);
const ONE = of(1);

/** x, limited to a range. NaN stays NaN. */
const limited = (x: F32x4, min: number, max: number) => x.pseudoMax(of(min)).pseudoMin(of(max));

/** x · Φ(x), where Φ is the normal distribution. */
const GELU = {
  /** Beyond this |x|, it is 0 or x, and its derivative 0 or 1. */
  far: 16,

  /**
   * Φ(−size) / exp(−size² / 2) for 0 ≤ size ≤ 16. A minimax polynomial in 3 / (3 + size), with a relative error of
   * 2⁻²⁶. So Φ is accurate even if it is very small.
   */
  scaledTail(f: FunctionBuilder, size: F32x4): F32x4 {
    const t = f.f32x4(of(3).div(size.add(of(3))));
    return polynomial(t, [
      ...[-0.02721890868, 0.1519285793, -0.3193504919, 0.2770947649, -0.09678575762],
      ...[0.1406154226, 0.1061317506, 0.134745585, 0.132833751, 5.308880361e-6],
    ]);
  },

  density: (f: FunctionBuilder, size: F32x4) => exp(f, size.mul(size).mul(of(-0.5))),

  value(f: FunctionBuilder, x: F32x4) {
    const size = f.f32x4(x.abs().pseudoMin(of(this.far)));
    const lost = f.f32x4(this.density(f, size).mul(size.mul(this.scaledTail(f, size))));
    return lost.neg().select(x.less(ZERO), x.sub(lost));
  },

  derivative(f: FunctionBuilder, x: F32x4) {
    const size = f.f32x4(x.abs().pseudoMin(of(this.far)));
    const slope = this.scaledTail(f, size).sub(size.mul(of(1 / Math.sqrt(2 * Math.PI))));
    const tail = f.f32x4(this.density(f, size).mul(slope));
    return tail.select(x.less(ZERO), ONE.sub(tail));
  },
};

/** x · logistic(u), where u is twice the argument of tanh. */
const GELU_BY_TANH = {
  far: 16,
  scale: 2 * Math.sqrt(2 / Math.PI),

  argument: (x: F32x4, linear: number, cubic: number) => x.mul(x.mul(x).mul(of(cubic)).add(of(linear))),

  value(f: FunctionBuilder, x: F32x4) {
    const near = f.f32x4(x.pseudoMax(of(-this.far)));
    return near.mul(logistic(f, this.argument(near, this.scale, 0.044715 * this.scale)));
  },

  derivative(f: FunctionBuilder, x: F32x4) {
    const near = f.f32x4(limited(x, -this.far, this.far));
    const { of: share, ofNegated: rest } = logistics(f, this.argument(near, this.scale, 0.044715 * this.scale));
    const slope = near
      .mul(near)
      .mul(of(3 * 0.044715 * this.scale))
      .add(of(this.scale));
    return share.add(near.mul(share).mul(rest).mul(slope));
  },
};

const geluBy = (tanh: number | undefined) => (tanh ? GELU_BY_TANH : GELU);

/** Beyond this |x|, e^−|x| is 0. */
const SILU_FAR = 128;

/** The formulas by operator name. */
export const UNARY_FORMULAS: Readonly<Record<string, UnaryFormula>> = {
  abs: {
    value: (_f, x) => x.abs(),
    gradient(_f, x, dy) {
      const turned = dy.bits().xor(x.bits().and(NEGATIVE)).asF32x4();
      return x.select(x.differs(x), turned.whereNot(x.equals(ZERO)));
    },
  },

  clip: {
    value: (_f, x, { min = 0, max = 0 }) => limited(x, min, max),
    gradient: (_f, x, dy, { min = 0, max = 0 }) => dy.whereNot(x.less(of(min)).or(x.greater(of(max)))),
  },

  elu: {
    value: (f, x, { alpha = 0 }) => x.select(x.greater(ZERO), expm1(f, x).mul(of(alpha))),
    gradient: (f, x, dy, { alpha = 0 }) => dy.select(x.greater(ZERO), exp(f, x).mul(of(alpha)).mul(dy)),
  },

  exp: {
    value: (f, x) => exp(f, x),
    gradient: (_f, y, dy) => dy.mul(y),
  },

  gelu: {
    value: (f, x, { tanh }) => geluBy(tanh).value(f, x),
    gradient: (f, x, dy, { tanh }) => dy.mul(geluBy(tanh).derivative(f, x)),
  },

  hardSigmoid: {
    value: (_f, x, { alpha = 0, beta = 0 }) => limited(x.mul(of(alpha)).add(of(beta)), 0, 1),
    gradient: (_f, x, dy, { alpha = 0, min = 0, max = 0 }) =>
      dy.mul(of(alpha)).whereNot(x.atMost(of(min)).or(x.atLeast(of(max)))),
  },

  hardSwish: {
    value: (_f, x) => x.select(x.atLeast(of(3)), x.mul(x.add(of(3))).div(of(6))).whereNot(x.atMost(of(-3))),
    gradient: (_f, x, dy) => dy.select(x.atLeast(of(3)), x.div(of(3)).add(HALF).mul(dy)).whereNot(x.atMost(of(-3))),
  },

  leakyRelu: {
    value: (_f, x, { alpha = 0 }) => x.mul(of(alpha)).select(x.less(ZERO), x),
    gradient: (_f, x, dy, { alpha = 0 }) => dy.mul(of(alpha)).select(x.atMost(ZERO), dy),
  },

  log: {
    value: (f, x) => log(f, x),
    gradient: (_f, x, dy) => dy.div(x),
  },

  neg: {
    value: (_f, x) => x.neg(),
    gradient: (_f, _x, dy) => dy.neg(),
  },

  relu: {
    value: (_f, x) => x.pseudoMax(ZERO),
    gradient: (_f, y, dy) => dy.whereNot(y.atMost(ZERO)),
  },

  relu6: {
    value: (_f, x) => limited(x, 0, 6),
    gradient: (_f, y, dy) => dy.whereNot(y.atMost(ZERO).or(y.atLeast(of(6)))),
  },

  sigmoid: {
    value: (f, x) => logistic(f, x),
    gradient: (_f, y, dy) => dy.mul(y.mul(ONE.sub(y))),
  },

  silu: {
    value(f, x) {
      const near = f.f32x4(x.pseudoMax(of(-SILU_FAR)));
      return near.mul(logistic(f, near));
    },
    gradient(f, x, dy) {
      const near = f.f32x4(limited(x, -SILU_FAR, SILU_FAR));
      const share = logistics(f, near);
      return dy.mul(share.of.mul(near.mul(share.ofNegated).add(ONE)));
    },
  },

  softplus: {
    value: (f, x) => x.pseudoMax(ZERO).add(log1p(f, exp(f, x.abs().neg()))),
    gradient: (f, x, dy) => logistic(f, x).mul(dy),
  },

  sqrt: {
    value: (_f, x) => x.sqrt(),
    // 2 y may overflow, and dy / 2 may underflow. Whichever is out of range for this y is not used.
    gradient(f, y, dy) {
      const isLarge = f.i32x4(y.abs().greater(ONE));
      return dy
        .mul(of(0.5))
        .select(isLarge, dy)
        .div(y.select(isLarge, y.add(y)));
    },
  },

  square: {
    value: (_f, x) => x.mul(x),
    gradient: (_f, x, dy) => x.mul(dy).mul(of(2)),
  },

  tanh: {
    value: (f, x) => tanh(f, x),
    gradient: (_f, y, dy) => dy.mul(ONE.sub(y).mul(ONE.add(y))),
  },
};
