import { BOUND_FACTOR, PAIRED_CONSTANT } from "../../src/core/errorBound.js";
import { at, type Expected } from "./float64/operand.js";

/**
 * Throws unless every element keeps the numerical promise. NaN is expected for NaN, and an infinity for the same infinity.
 * If `expected.terms` is 0, the value must be equal (0 and −0 are equal).
 * @param what names the operator and tensor in the message, as in "conv2d y"
 */
export function expectWithinBound(
  actual: Float32Array,
  expected: Expected,
  what: string,
  factor: number = BOUND_FACTOR,
): void {
  const { shape, values } = expected;
  if (actual.length !== values.length) {
    throw new Error(`${what}: ${actual.length} values, expected ${values.length} for [${shape.join(", ")}]`);
  }
  const roundings = (terms: number) => (expected.paired ? PAIRED_CONSTANT + Math.log2(terms) : factor * terms);
  const bound = (i: number) => {
    const terms = at(expected.terms, i);
    return terms === 0 ? 0 : roundings(terms) * 2 ** -24 * at(expected.magnitude, i) + factor * terms * 2 ** -126;
  };
  const isWithin = (i: number) => {
    const [got, wanted] = [at(actual, i), at(values, i)];
    return Number.isFinite(wanted) ? Math.abs(got - wanted) <= bound(i) : Object.is(got, wanted);
  };
  let first = -1;
  let failures = 0;
  for (let i = 0; i < actual.length; i++) {
    if (isWithin(i)) continue;
    if (failures++ === 0) first = i;
  }
  if (failures === 0) return;
  throw new Error(
    `${what}[${multiIndex(first, shape).join(", ")}]: got ${at(actual, first)}, expected ${at(values, first)} ± ${bound(first)} ` +
      `(K = ${at(expected.terms, first)}${expected.paired ? ", in pairs" : ""}, Σ|terms| = ${at(expected.magnitude, first)}, c = ${factor}); ` +
      `${failures} of ${actual.length} elements of [${shape.join(", ")}] are out of bound`,
  );
}

/** The position of a row-major index in a tensor of this shape. */
export function multiIndex(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (const extent of [...shape].reverse()) {
    position.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return position;
}
