import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/loss/softmax: the exponentials of each row of c over their sum. */
export const softmax: ReferenceKernel<"softmax"> = ({ c }, { x }, { y }) => {
  for (let first = 0; first < x.length; first += c) {
    const row = softmaxOfRow(x.subarray(first, first + c));
    y.set(row.probabilities, first);
  }
};

/** Takes the place of Σ|terms| in the error bound of `softmax`, with K = c. */
export const softmaxMagnitude: ReferenceKernel<"softmax"> = ({ c }, { x }, { y }) => {
  for (let first = 0; first < x.length; first += c) {
    const row = softmaxOfRow(x.subarray(first, first + c));
    for (let i = 0; i < c; i++) y[first + i] = row.magnitudeOf(i);
  }
};

/** A row's softmax in float64, and the values from which its error bound is computed. */
export interface SoftmaxRow {
  readonly probabilities: Float64Array;
  /** ln Σ exp(x − largest). */
  readonly logOfSum: number;
  readonly largest: number;
  /**
   * probability · (3 + |x − largest| + meanDistance), where meanDistance is Σ probability · |x − largest|. WGSL allows exp(d) 3 + 2 |d| units in the last place, which is 6
   * + 4 |d| roundings. The rounding of d adds |d|. The sum has the roundings of all of its terms, weighted by size, and
   * one more for each term. The division has 5.
   */
  magnitudeOf(i: number): number;
  /**
   * 3 + meanDistance + ln Σ exp + |x − largest|, for the logarithm of the probability. The exponentials add the same
   * error to the sum as above. WGSL allows the logarithm 2⁻²¹, which is 8 roundings of 1, or 3 units in the last place.
   */
  magnitudeOfLog(i: number): number;
}

export function softmaxOfRow(x: Float32Array): SoftmaxRow {
  let largest = x[0]!;
  for (const value of x) largest = Math.max(largest, value);
  const probabilities = new Float64Array(x.length);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    probabilities[i] = Math.exp(x[i]! - largest);
    sum += probabilities[i]!;
  }
  let meanDistance = 0;
  for (let i = 0; i < x.length; i++) {
    probabilities[i]! /= sum;
    if (probabilities[i] !== 0) meanDistance += probabilities[i]! * (largest - x[i]!);
  }
  // If the probability is 0, the distance may be infinite.
  const magnitudeOf = (i: number) =>
    probabilities[i] === 0 ? 0 : probabilities[i]! * (3 + (largest - x[i]!) + meanDistance);
  const logOfSum = Math.log(sum);
  // Infinite if the distance overflows float32: there is no bound then.
  const magnitudeOfLog = (i: number) => 3 + meanDistance + logOfSum + Math.fround(largest - x[i]!);
  return { probabilities, logOfSum, largest, magnitudeOf, magnitudeOfLog };
}
