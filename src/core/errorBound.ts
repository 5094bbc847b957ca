/**
 * The numerical promise. For every output element y of an operator, and its value ŷ in exact arithmetic on the same
 * float32 inputs:
 *
 *     |y − ŷ| ≤ BOUND_FACTOR · K · (2⁻²⁴ · Σ|terms| + 2⁻¹²⁶)
 *
 * K is the number of terms. Each of the K products and sums is rounded once, in any order: this costs K · 2⁻²⁴ ·
 * Σ|terms|. The division of a mean may cost 5 · 2⁻²⁴ more, because WGSL allows it 2.5 units in the last place. The
 * factor covers both. An adapter that flushes subnormals loses 2⁻¹²⁶.
 */
export const BOUND_FACTOR = 6;

const UNIT_ROUNDOFF = 2 ** -24;
const SMALLEST_NORMAL = 2 ** -126;

/**
 * The error that the promise allows.
 *
 * @param terms K. It is 0 for an operator that only moves or picks values: its results must be exact
 * @param magnitude Σ|terms|
 */
export function errorBound(terms: number, magnitude: number): number {
  return BOUND_FACTOR * terms * (UNIT_ROUNDOFF * magnitude + SMALLEST_NORMAL);
}

/**
 * The error of `actual`, divided by its bound: at most 1 if the promise is kept. `actual` must be NaN where `expected`
 * is, and infinite where `expected` is, with the same sign. If the terms of a finite value overflow, nothing is
 * promised.
 */
export function excess(actual: number, expected: number, terms: number, magnitude: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  if (!Number.isFinite(expected)) return Infinity;
  if (!Number.isFinite(magnitude)) return 0;
  const bound = errorBound(terms, magnitude);
  const error = Math.abs(actual - expected);
  return Number.isNaN(actual) ? Infinity : error / bound;
}
