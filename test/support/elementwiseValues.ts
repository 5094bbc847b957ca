import { expect } from "vitest";
import { type Backend, mul, reduceSum, type Tensor, valueAndGradients } from "webgpu-cnn";
import { excess } from "../../src/core/errorBound.js";
import { upload } from "./backends.js";
import * as oracle from "./float64.js";
import { mulberry32 } from "./random.js";

// The operands of the tests of elementwise operators, and the comparison of their results.

/** Zeros, infinities, NaN, and the ends and bends of functions. */
export const SPECIAL = Float32Array.of(
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1, 0.5, -0.5, 2, -2, 2.5, 3, -3, 6],
);
/** Also large and small values, whose products may underflow. The product of an infinity and such a product has no definite value. */
export const EXTREME = Float32Array.of(
  ...SPECIAL,
  1e-30,
  -1e-30,
  1e30,
  -1e30,
  3.4e38,
  -3.4e38,
  80,
  -80,
  2 ** 24,
  -(2 ** 24 + 2),
);

/** Numbers of either sign from the smallest to the largest, without those that adapters may flush. */
export function allMagnitudes(size: number, seed: number, exponents = 254): Float32Array {
  const next = mulberry32(seed);
  return Float32Array.from(
    { length: size },
    () => (next() < 0.5 ? -1 : 1) * 2 ** (exponents * next() - exponents / 2 + 1),
  );
}

/** Numbers where functions bend, −100 to 100. */
export const BENDS = Float32Array.from({ length: 16_001 }, (_, i) => (i - 8000) / 80);

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Throws unless every value is within the bound around the formula's value for its arguments. */
export function expectPromised<Arguments extends readonly number[]>(
  what: string,
  actual: ArrayLike<number>,
  count: number,
  argumentsAt: (i: number) => Arguments,
  formula: { value(...given: Arguments): number; magnitude(...given: Arguments): number },
  terms = 1,
): void {
  expect(actual.length).toBe(count);
  let failures = 0;
  let first = "";
  for (let i = 0; i < count; i++) {
    const given = argumentsAt(i);
    const [exact, magnitude] = [formula.value(...given), formula.magnitude(...given)];
    const got = oracle.at(actual, i);
    if (isPromised(got, exact, terms, magnitude)) continue;
    if (failures++ === 0) first = `${what}(${given.join(", ")}) = ${got}, expected ${exact}, magnitude ${magnitude}`;
  }
  if (failures > 0) throw new Error(`${first}; ${failures} of ${count} are out of bound`);
}

/** Beyond the largest number the value is infinite. Next to it, it may be either. */
function isPromised(got: number, exact: number, terms: number, magnitude: number): boolean {
  if (Number.isFinite(exact) && Math.abs(exact) > LARGEST * (1 - 2 ** -10)) {
    const rounded = Math.sign(exact) * Number.POSITIVE_INFINITY;
    if (got === rounded || !Number.isFinite(magnitude)) return true;
    return Math.abs(exact) < LARGEST * (1 + 2 ** -10) && excess(got, exact, { terms }, magnitude) <= 1;
  }
  return excess(got, exact, { terms }, magnitude) <= 1;
}

/** All pairs of the values. */
export function pairs(values: Float32Array): readonly [Float32Array, Float32Array] {
  const n = values.length;
  const at = (index: (i: number) => number) =>
    Float32Array.from({ length: n * n }, (_, i) => oracle.at(values, index(i)));
  return [at((i) => i % n), at((i) => Math.floor(i / n))];
}

export function operand(data: Float32Array): oracle.Operand & { readonly data: Float32Array } {
  return { data, shape: [data.length] };
}

export function scaled(data: Float32Array, scale: number): Float32Array {
  return data.map((value) => value * scale);
}

/** The gradients of Σ weights · f(operands) by valueAndGradients. */
export async function gradientsOf(
  backend: Backend,
  operands: readonly oracle.Operand[],
  weights: oracle.Operand,
  f: (operands: readonly Tensor[]) => Tensor,
): Promise<Float32Array[]> {
  const gradients = backend.tidy(
    () =>
      valueAndGradients(
        (parameters: readonly Tensor[]) => reduceSum(mul(f(parameters), upload(backend, weights))),
        operands.map((one) => upload(backend, one)),
      ).gradients,
  );
  const values = await Promise.all(gradients.map((gradient) => gradient.read()));
  for (const gradient of gradients) gradient.dispose();
  return values;
}

export function existing<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("expected a value");
  return value;
}
