/** φ(x), the density of the normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** Φ(x), the normal distribution, with a relative error below 10⁻¹², also for very small values. */
export function normalDistribution(x: number): number {
  if (x > 0) return 1 - normalDistribution(-x);
  return x > -3 ? 0.5 - normalDensity(x) * oddSeries(-x) : normalDensity(x) * continuedFraction(-x);
}

/**
 * (Φ(x) − 1/2) / φ(x) = x + x³/3 + x⁵/(3 · 5) + …, all of whose terms are positive (Abramowitz and Stegun, 26.2.11).
 */
function oddSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; term > sum * Number.EPSILON; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return sum;
}

/**
 * Φ(−x) / φ(x) = 1/(x + 1/(x + 2/(x + 3/(x + …)))) (Abramowitz and Stegun, 26.2.14). For x ≥ 3 a hundred levels are
 * more than enough.
 */
function continuedFraction(x: number): number {
  let rest = x;
  for (let n = 100; n > 0; n--) rest = x + n / rest;
  return 1 / rest;
}
