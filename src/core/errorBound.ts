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

/**
 * K of a mean and a variance over `count` values. These are added in blocks, so no value is rounded more than
 * 2 √count + 6 times.
 */
export function termsOfBlocks(count: number): number {
  return 4 + Math.ceil(Math.sqrt(count));
}

const UNIT_ROUNDOFF = 2 ** -24;
/** Adapters may take any smaller number for 0. */
export const SMALLEST_NORMAL = 2 ** -126;

/**
 * The promise for sums that are added in pairs:
 *
 *     |y − ŷ| ≤ (PAIRED_CONSTANT + log2 K) · 2⁻²⁴ · Σ|terms| + BOUND_FACTOR · K · 2⁻¹²⁶
 *
 * A term is rounded once for each level of the tree of pairs. There are log2 K levels. The constant covers the division
 * of a mean, which costs 5, and a K that is not a power of two.
 */
export const PAIRED_CONSTANT = 8;

/** K of the promise, and whether the terms are added in pairs. */
export interface Terms {
  /** It is 0 for an operator that only moves or picks values: its results must be exact. */
  readonly terms: number;
  readonly paired?: boolean | undefined;
}

/** The error that the promise allows, in units of 2⁻²⁴ · Σ|terms|. */
export function roundings({ terms, paired }: Terms): number {
  return paired ? PAIRED_CONSTANT + Math.log2(terms) : BOUND_FACTOR * terms;
}

/**
 * The error that the promise allows.
 *
 * @param magnitude Σ|terms|
 */
export function errorBound(sum: Terms, magnitude: number): number {
  return roundings(sum) * UNIT_ROUNDOFF * magnitude + BOUND_FACTOR * sum.terms * SMALLEST_NORMAL;
}

/**
 * The error of `actual`, divided by its bound: at most 1 if the promise is kept. If `expected` is NaN, `actual` must be
 * NaN. If `expected` is infinite, `actual` must be the same infinity. If the terms of a finite value overflow, every
 * result is allowed. An infinite `actual` may be a number near the largest one, rounded up.
 */
export function excess(actual: number, expected: number, sum: Terms, magnitude: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  if (!Number.isFinite(expected)) return Infinity;
  if (!Number.isFinite(magnitude)) return 0;
  return Number.isNaN(actual) ? Infinity : Math.abs(beforeRounding(actual) - expected) / errorBound(sum, magnitude);
}

/** WGSL rounds all numbers from here on to infinity. */
const FIRST_BEYOND = 2 ** 128;

/** The number, or if it is infinite, the smallest one that float32 rounds to it. */
function beforeRounding(value: number): number {
  return Math.max(-FIRST_BEYOND, Math.min(value, FIRST_BEYOND));
}
