/** The colour limits of the columns: round numbers that stay as long as they serve. */

/** The round numbers of a decade. */
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** A limit stays until the values need less than this share of it. */
const LOOSE = 0.45;

/** The largest magnitude, or 0. NaN and infinity do not count. */
export function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest;
}

/** The least round number that is not below `wanted`. */
export function roundUp(wanted: number): number {
  const decade = 10 ** Math.floor(Math.log10(wanted));
  const step = ROUND.find((round) => round * decade >= wanted * 0.999999) ?? 10;
  return Number((step * decade).toPrecision(2));
}

/** A limit that does not flicker: the one before, unless it is too small or far too large for what is wanted now. */
export function steadyLimit(before: number | undefined, wanted: number): number {
  if (!(wanted > 0)) return before ?? 1;
  if (before !== undefined && wanted <= before && wanted >= LOOSE * before) return before;
  return roundUp(wanted);
}
