import type { F32x4Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";

// Functions of float32. They consist of IEEE arithmetic and operations on bits, so the bits are the same on every
// machine. Each takes an expression, which it evaluates once, and gives a variable. NaN stays NaN.

/** c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ. */
export function polynomial(x: F32x4, [first = 0, ...others]: readonly number[]): F32x4 {
  return others.reduce((sum, coefficient) => sum.mul(x).add(F32x4.of(coefficient)), F32x4.of(first));
}

/** `value`, which must not be negative, with the sign of `sign`. */
export function withSignOf(value: F32x4, sign: F32x4): F32x4 {
  return value.bits().or(sign.bits().and(NEGATIVE)).asF32x4();
}

/** The bit that negative numbers have. */
export const NEGATIVE = I32x4.of(-(2 ** 31));

/** Adding it to |x| < 2²² rounds x to an integer, which then is in the low bits. */
const ROUNDING = 1.5 * 2 ** 23;
const ROUNDING_BITS = 0x4b400000;

/** ln 2 as the sum of a number of ten bits and a small one. The first one's product with an exponent is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;

/** (eʳ − 1 − r) / r² for |r| ≤ ln 2 / 2, from Cephes' expf (Stephen Moshier). */
const POWER_SERIES = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5];

/**
 * eˣ = 2ⁿ · eʳ, where n is the integer nearest to x / ln 2. Within 1 unit in the last place, also if it is subnormal.
 */
export function exp(f: FunctionBuilder, x: F32x4): F32x4Variable {
  // Beyond these ends the result is 0 or infinite.
  const r = f.f32x4(x.pseudoMin(F32x4.of(89)).pseudoMax(F32x4.of(-104)));
  const rounded = f.f32x4(r.mul(F32x4.of(Math.LOG2E)).add(F32x4.of(ROUNDING)));
  const exponent = f.f32x4(rounded.sub(F32x4.of(ROUNDING)));
  r.set(r.sub(exponent.mul(F32x4.of(LN2_HIGH))).sub(exponent.mul(F32x4.of(LN2_LOW))));
  const result = f.f32x4(polynomial(r, POWER_SERIES).mul(r).mul(r).add(r).add(F32x4.of(1)));
  // 2ⁿ may be too large or too small for a float32. Its halves are not.
  const n = f.i32x4(rounded.bits().sub(I32x4.of(ROUNDING_BITS)));
  const half = f.i32x4(n.shiftRightSigned(1));
  result.set(result.mul(powerOfTwo(half)).mul(powerOfTwo(n.sub(half))));
  return result;
}

/** 2ⁿ for −126 ≤ n ≤ 127. */
function powerOfTwo(n: I32x4): F32x4 {
  return n.add(I32x4.of(127)).shiftLeft(23).asF32x4();
}

/** (ln((1 + s) / (1 − s)) / s − 2) / s² for |s| ≤ 0.172, in s², from FreeBSD's logf. */
const LOGARITHM_SERIES = [0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693];

/**
 * The natural logarithm: −∞ for zeros, NaN for negative numbers. Within 1 unit in the last place.
 *
 * ln x = n · ln 2 + ln(1 + t), with x = 2ⁿ · (1 + t) and √½ ≤ 1 + t < √2. With s = t / (2 + t), ln(1 + t) is
 * ln((1 + s) / (1 − s)).
 */
export function log(f: FunctionBuilder, x: F32x4): F32x4Variable {
  const given = f.f32x4(x);
  // Subnormal numbers are scaled up.
  const small = f.i32x4(given.less(F32x4.of(2 ** -126)));
  const bits = f.i32x4(
    given
      .mul(F32x4.of(2 ** 23))
      .select(small, given)
      .bits(),
  );
  const exponent = f.i32x4(bits.sub(SQRT_HALF_BITS).shiftRightSigned(23));
  const t = f.f32x4(bits.sub(exponent.shiftLeft(23)).asF32x4().sub(F32x4.of(1)));
  const n = f.f32x4(exponent.add(small.and(I32x4.of(-23))).toF32x4());
  const s = f.f32x4(t.div(t.add(F32x4.of(2))));
  const square = f.f32x4(s.mul(s));
  const half = f.f32x4(t.mul(t).mul(F32x4.of(0.5)));
  const rest = half
    .add(polynomial(square, LOGARITHM_SERIES).mul(square))
    .mul(s)
    .add(n.mul(F32x4.of(LN2_LOW)));
  const result = f.f32x4(
    rest
      .sub(half)
      .add(t)
      .add(n.mul(F32x4.of(LN2_HIGH))),
  );
  // The bits of negative numbers, infinities and NaN are at least those of +∞, as unsigned integers.
  result.set(given.select(bits.atLeastUnsigned(INFINITY.bits()), result));
  result.set(F32x4.of(Number.NaN).select(given.less(F32x4.of(0)), result));
  result.set(F32x4.of(Number.NEGATIVE_INFINITY).select(given.equals(F32x4.of(0)), result));
  return result;
}

const SQRT_HALF_BITS = I32x4.of(0x3f3504f3);
const INFINITY = F32x4.of(Number.POSITIVE_INFINITY);

/** As LOGARITHM_SERIES, for |s| ≤ 1/3: the minimax polynomial. */
const WIDE_LOGARITHM_SERIES = [0.2802452147, 0.2799912989, 0.4002169967, 0.6666641235];

/** ln(1 + x) for 0 ≤ x ≤ 1. Within 2 units in the last place. It is computed as in `log`. */
export function log1p(f: FunctionBuilder, x: F32x4): F32x4Variable {
  const t = f.f32x4(x);
  const s = f.f32x4(t.div(t.add(F32x4.of(2))));
  const square = f.f32x4(s.mul(s));
  const half = f.f32x4(t.mul(t).mul(F32x4.of(0.5)));
  const series = polynomial(square, WIDE_LOGARITHM_SERIES).mul(square);
  return f.f32x4(t.sub(half.sub(half.add(series).mul(s))));
}

/** eˣ − 1 for x ≤ 0. Within 2 units in the last place. */
export function expm1(f: FunctionBuilder, x: F32x4): F32x4Variable {
  const given = f.f32x4(x);
  const far = exp(f, given).sub(F32x4.of(1));
  // From −1 to 0 the difference would lose digits. The polynomial is the minimax one.
  const series = [1.283807357e-4, 1.298663797e-3, 8.2730956e-3, 4.164557742e-2, 1.66663098e-1, 4.999997703e-1, 1];
  return f.f32x4(far.select(given.less(F32x4.of(-1)), polynomial(given, series).mul(given)));
}

/** 1 / (1 + e⁻ˣ). Within 3 units in the last place. */
export function logistic(f: FunctionBuilder, x: F32x4): F32x4Variable {
  return logistics(f, x).of;
}

/** The logistic function of x and of −x, computed from e^−|x|, which does not overflow. */
export function logistics(
  f: FunctionBuilder,
  x: F32x4,
): { readonly of: F32x4Variable; readonly ofNegated: F32x4Variable } {
  const given = f.f32x4(x);
  const power = exp(f, given.abs().neg());
  const one = F32x4.of(1);
  const sum = f.f32x4(power.add(one));
  const isPositive = f.i32x4(given.atLeast(F32x4.of(0)));
  return {
    of: f.f32x4(one.select(isPositive, power).div(sum)),
    ofNegated: f.f32x4(power.select(isPositive, one).div(sum)),
  };
}

/** tanh x = (1 − e^−2x) / (1 + e^−2x). Near 0 it is the polynomial of Cephes' tanhf. Within 2 units in the last place. */
export function tanh(f: FunctionBuilder, x: F32x4): F32x4Variable {
  const given = f.f32x4(x);
  const size = f.f32x4(given.abs());
  const power = exp(f, size.mul(F32x4.of(-2)));
  const one = F32x4.of(1);
  const far = one.sub(power).div(power.add(one));
  const square = f.f32x4(size.mul(size));
  const series = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1];
  const near = polynomial(square, series).mul(square).mul(size).add(size);
  return f.f32x4(withSignOf(near.select(size.less(F32x4.of(0.625)), far), given));
}

/**
 * IEEE 754's pow, computed as ± exp(b · log |a|). With t = b · log |a|, within 2 + 2 |t| units in the last place. It is 1
 * where b = 0 or a = 1, even where the other is NaN, and where a = −1 and b is infinite. Where a < 0 is finite, it is
 * NaN unless b is whole, and has the sign of a where b is odd.
 */
export function pow(f: FunctionBuilder, a: F32x4, b: F32x4): F32x4Variable {
  const base = f.f32x4(a);
  const power = f.f32x4(b);
  const size = f.f32x4(base.abs());
  const half = f.f32x4(power.mul(F32x4.of(0.5)));
  const isWhole = f.i32x4(power.floor().equals(power));
  const isOdd = isWhole.andNot(half.floor().equals(half));
  const result = exp(f, power.mul(log(f, size)));
  // NaN keeps its sign, because only a power of NaN is NaN here.
  result.set(result.bits().xor(base.bits().and(isOdd).and(NEGATIVE)).asF32x4());
  const isFiniteNegative = base.less(F32x4.of(0)).and(size.less(INFINITY));
  result.set(F32x4.of(Number.NaN).select(isFiniteNegative.andNot(isWhole), result));
  const one = F32x4.of(1);
  const isEndless = power.abs().equals(INFINITY);
  const isOne = power.equals(F32x4.of(0)).or(base.equals(one)).or(size.equals(one).and(isEndless));
  result.set(one.select(isOne, result));
  return result;
}
