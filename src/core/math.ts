/**
 * Functions of float64 whose bits are the same on every machine. They use only + − × ÷ and comparisons, which IEEE 754
 * defines exactly. JavaScript leaves the last bits of `Math.log`, `Math.exp`, `Math.cos` and `**` to the engine.
 */

/** ln x for a finite x > 0, by the series ln m = 2 (t + t³/3 + t⁵/5 + …) with t = (m − 1) / (m + 1). */
export function naturalLogarithm(x: number): number {
  let exponent = 0;
  let m = x;
  for (; m < Math.SQRT1_2; exponent--) m *= 2;
  for (; m > Math.SQRT2; exponent++) m /= 2;
  const t = (m - 1) / (m + 1);
  let sum = 0;
  // |t| < 0.172, so the terms that are left out add up to less than float64's rounding error.
  for (let power = 21; power > 0; power -= 2) sum = sum * t * t + 1 / power;
  return 2 * t * sum + exponent * Math.LN2;
}

/** ln 2 as the sum of a number of 32 bits and a small one. The first one's product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** eˣ = 2ⁿ · eʳ, where n is the integer nearest to x / ln 2. The sum of eʳ = 1 + r + r²/2! + … has |r| < 0.35. */
export function exponential(x: number): number {
  // Beyond these ends the result is 0 or infinite. NaN stays NaN.
  const near = x > 800 ? 800 : x < -800 ? -800 : x;
  const n = Math.round(near / Math.LN2);
  const r = near - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 16; k > 0; k--) sum = 1 + (sum * r) / k;
  for (let k = 0; k < n; k++) sum *= 2;
  for (let k = 0; k > n; k--) sum /= 2;
  return sum;
}

/** cos(π · turns) for 0 ≤ turns ≤ 1. */
export function cosineOfHalfTurns(turns: number): number {
  if (turns > 0.5) return -cosineOfHalfTurns(1 - turns);
  // From here on it is the sine of the rest. 1/2 − turns is exact.
  if (turns > 0.25) return alternating(Math.PI * (0.5 - turns), 1);
  return alternating(Math.PI * turns, 0);
}

/** The series of the sine if `first` is 1, of the cosine if it is 0: xᶠ/f! − xᶠ⁺²/(f + 2)! + …, for |x| ≤ π/4. */
function alternating(x: number, first: 0 | 1): number {
  let sum = 1;
  for (let k = 20 + first; k > first; k -= 2) sum = 1 - (sum * x * x) / (k * (k - 1));
  return first === 1 ? sum * x : sum;
}

/** base ^ exponent, for a finite base ≥ 0. 0⁰ is 1. */
export function power(base: number, exponent: number): number {
  if (exponent < 0) return 1 / power(base, -exponent);
  const whole = Math.round(Math.min(exponent, 2 ** 53));
  const rest = exponent - whole;
  if (base === 0 || rest === 0) return base === 0 ? Number(exponent === 0) : wholePower(base, whole);
  return wholePower(base, whole) * exponential(rest * naturalLogarithm(base));
}

/** A number that is the sum of two. The second one holds the digits that the first one has no room for. */
interface Double {
  readonly high: number;
  readonly low: number;
}

/** By squaring, with twice the digits, because each squaring doubles the error. */
function wholePower(base: number, exponent: number): number {
  let result: Double = { high: 1, low: 0 };
  let square: Double = { high: base, low: 0 };
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = product(result, square);
    square = product(square, square);
  }
  return result.high + result.low;
}

function product(a: Double, b: Double): Double {
  const high = a.high * b.high;
  // Near the largest number, the parts overflow before the product does.
  if (high > 2 ** 960 || a.high > 2 ** 960 || b.high > 2 ** 960) return { high, low: 0 };
  const [x, y] = [halves(a.high), halves(b.high)];
  const lost = x.high * y.high - high + x.high * y.low + x.low * y.high + x.low * y.low;
  const low = lost + (a.high * b.low + a.low * b.high);
  const sum = high + low;
  return { high: sum, low: high - sum + low };
}

/** A number as the sum of two whose products are exact (Veltkamp; Dekker, Numerische Mathematik 18, 1971). */
function halves(x: number): Double {
  const scaled = x * (2 ** 27 + 1);
  const high = scaled - (scaled - x);
  return { high, low: x - high };
}
