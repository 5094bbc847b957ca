/**
 * The numerical promise. Every output element y of an operator, against the value ŷ in exact arithmetic on the same float32 inputs:
 *
 *     |y − ŷ| ≤ BOUND_FACTOR · K · (2⁻²⁴ · Σ|terms| + 2⁻¹²⁶)
 *
 * with K the number of terms summed. Rounding each of K products and sums once, in any order, costs K · 2⁻²⁴ · Σ|terms|; the division of a
 * mean may cost 5 · 2⁻²⁴ more (WGSL grants it 2.5 units in the last place), which is where the factor comes from; 2⁻¹²⁶ is what an adapter
 * that flushes subnormals loses.
 */
export const BOUND_FACTOR = 6;

const UNIT_ROUNDOFF = 2 ** -24;
const SMALLEST_NORMAL = 2 ** -126;

/**
 * The error that the promise allows.
 *
 * @param terms K; 0 for an operator that only moves or picks values, which must be exact
 * @param magnitude Σ|terms|
 */
export function errorBound(terms: number, magnitude: number): number {
  return BOUND_FACTOR * terms * (UNIT_ROUNDOFF * magnitude + SMALLEST_NORMAL);
}

/**
 * By how much `actual` misses `expected`, as a multiple of what is allowed: at most 1 where the promise is kept. NaN must meet NaN and
 * infinity the same infinity; of a finite value whose terms overflow on the way, nothing is promised.
 */
export function excess(actual: number, expected: number, terms: number, magnitude: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  if (!Number.isFinite(expected)) return Infinity;
  if (!Number.isFinite(magnitude)) return 0;
  const bound = errorBound(terms, magnitude);
  const error = Math.abs(actual - expected);
  return Number.isNaN(actual) ? Infinity : error / bound;
}
