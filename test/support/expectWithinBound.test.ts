import { describe, expect, test } from "vitest";
import { BOUND_FACTOR } from "../../src/core/errorBound.js";
import { expectWithinBound, multiIndex } from "./expectWithinBound.js";
import { type Expected, exact } from "./float64/operand.js";

const expected = (...values: number[]): Expected => ({
  shape: [1, values.length],
  values: Float64Array.from(values),
  magnitude: new Float64Array(values.length).fill(8),
  terms: new Float64Array(values.length).fill(4),
});
const check = (actual: readonly number[], wanted: Expected, factor?: number) => () =>
  expectWithinBound(Float32Array.from(actual), wanted, "conv2d y", factor);

describe("expectWithinBound", () => {
  test("allows c · K · (2⁻²⁴ · Σ|terms| + 2⁻¹²⁶)", () => {
    const bound = BOUND_FACTOR * 4 * 8 * 2 ** -24;
    expect(check([1 + bound], expected(1))).not.toThrow();
    expect(check([1 + bound + 2 ** -23], expected(1))).toThrow();
    expect(check([1 + bound], expected(1), 1)).toThrow();
  });

  test("names the tensor, the first position, both values and the bound", () => {
    expect(check([1, 3, 4], expected(1, 2, 3), 2)).toThrow(
      "conv2d y[0, 1]: got 3, expected 2 ± 0.000003814697265625 (K = 4, Σ|terms| = 8, c = 2); 2 of 3 elements of [1, 3] are out of bound",
    );
    expect(check([1], expected(1, 2))).toThrow("conv2d y: 1 values, expected 2 for [1, 2]");
  });

  test("expects NaN for NaN and an infinity for the same infinity", () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    expect(check([nan, infinity, -infinity], expected(nan, infinity, -infinity))).not.toThrow();
    expect(check([1], expected(nan))).toThrow();
    expect(check([nan], expected(1))).toThrow();
    expect(check([-infinity], expected(infinity))).toThrow();
    expect(check([infinity], expected(1))).toThrow();
    expect(check([3e38], expected(infinity))).toThrow();
  });

  test("expects exact copies, except for the sign of zero", () => {
    const copy = exact([2], Float64Array.from([0, 1]));
    expect(check([-0, 1], copy)).not.toThrow();
    expect(check([0, 1 + 2 ** -23], copy)).toThrow();
    expect(check([1e-40, 1], copy)).toThrow();
  });

  test("multiIndex counts in row-major order", () => {
    expect(multiIndex(23, [2, 3, 4])).toEqual([1, 2, 3]);
    expect(multiIndex(5, [2, 3, 4])).toEqual([0, 1, 1]);
    expect(multiIndex(0, [])).toEqual([]);
  });
});
