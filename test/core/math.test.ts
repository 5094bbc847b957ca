import { describe, expect, test } from "vitest";
import { cosineOfHalfTurns, exponential, naturalLogarithm, power } from "../../src/core/math.js";
import { mulberry32 } from "../support/random.js";

/** Of float64's functions, which are within 1.2 · 10⁻¹⁶ or so. */
const TOLERANCE = 1e-15;

function expectClose(actual: number, expected: number, at: readonly number[], scale = Math.abs(expected)): void {
  if (Math.abs(actual - expected) > TOLERANCE * scale) expect(actual, `at ${at.join(", ")}`).toBe(expected);
}

/** Numbers from a to b. */
function numbers(count: number, a: number, b: number): Float64Array {
  const next = mulberry32(count);
  return Float64Array.from({ length: count }, () => a + (b - a) * next());
}

describe("the host's own functions", () => {
  test("naturalLogarithm agrees with Math.log", () => {
    for (const x of numbers(20_000, 0, 4)) expectClose(naturalLogarithm(x), Math.log(x), [x]);
    for (const t of numbers(20_000, -300, 300)) expectClose(naturalLogarithm(10 ** t), Math.log(10 ** t), [10 ** t]);
    expect(naturalLogarithm(1)).toBe(0);
    expectClose(naturalLogarithm(Number.MIN_VALUE), Math.log(Number.MIN_VALUE), [Number.MIN_VALUE]);
    expectClose(naturalLogarithm(Number.MAX_VALUE), Math.log(Number.MAX_VALUE), [Number.MAX_VALUE]);
  });

  test("exponential agrees with Math.exp", () => {
    for (const x of numbers(20_000, -2, 2)) expectClose(exponential(x), Math.exp(x), [x]);
    for (const x of numbers(5000, -700, 700)) expectClose(exponential(x), Math.exp(x), [x]);
    expect(exponential(0)).toBe(1);
    expect([-1e9, Number.NEGATIVE_INFINITY, 1e9, Number.POSITIVE_INFINITY, Number.NaN].map(exponential)).toEqual([
      0,
      0,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
  });

  test("cosineOfHalfTurns agrees with Math.cos", () => {
    for (const turns of numbers(20_000, 0, 1)) {
      expectClose(cosineOfHalfTurns(turns), Math.cos(Math.PI * turns), [turns], 1);
    }
    expect([0, 0.5, 1].map(cosineOfHalfTurns)).toEqual([1, 0, -1]);
    expect(cosineOfHalfTurns(1 / 3)).toBeCloseTo(0.5, 15);
  });

  test("power agrees with **", () => {
    const bases = numbers(20_000, 0.01, 1.5);
    for (const [i, exponent] of numbers(20_000, 0, 100).entries()) {
      const base = bases[i] ?? 1;
      const whole = Math.floor(exponent);
      expectClose(power(base, whole), base ** whole, [base, whole]);
      expectClose(power(base, exponent), base ** exponent, [base, exponent]);
    }
    expectClose(power(1 - 2 ** -20, 2 ** 24), (1 - 2 ** -20) ** (2 ** 24), [2 ** 24]);
  });

  test("power is exact where the result is, and knows 0 and infinity", () => {
    expect([power(3, 20), power(0.5, 30), power(10, 15), power(7, 0)]).toEqual([3 ** 20, 2 ** -30, 1e15, 1]);
    expect([power(0, 0), power(0, 0.5), power(0, 3), power(0.5, 1e9)]).toEqual([1, 0, 0, 0]);
    expect([power(10, 400), power(1e300, 2), power(10, 400.5)]).toEqual(Array(3).fill(Number.POSITIVE_INFINITY));
    expectClose(power(10, 308), 1e308, [10, 308]);
    expect([power(2, -3), power(0, -1), power(4, -0.5)]).toEqual([1 / 8, Number.POSITIVE_INFINITY, 0.5]);
    const endless = Number.POSITIVE_INFINITY;
    expect([power(0.5, endless), power(2, endless), power(2, -endless), power(2, Number.NaN)]).toEqual([
      0,
      endless,
      0,
      Number.NaN,
    ]);
  });
});
