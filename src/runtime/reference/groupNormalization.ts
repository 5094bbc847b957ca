import type { GroupNormalizationAttributes } from "../../core/attributes.js";
import { termsOfBlocks } from "../../core/errorBound.js";
import { FLUSHED } from "./batchNormalization.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/norm/groupNormalization: y = (x − mean) · scale / √(variance + epsilon) + bias, with mean and
 * variance of each group of channels of each image.
 */
export const groupNormalization: ReferenceKernel<"groupNormalization"> = (g, { x, scale, bias }, { y }) => {
  for (const { places, mean, root } of statisticsOfGroups(g, x)) {
    for (const i of places) {
      const c = i % g.c;
      y[i] = (x[i]! - mean) * root * (scale ? scale[c]! : 1) + (bias ? bias[c]! : 0);
    }
  }
};

/** Takes the place of Σ|terms| in the error bound, with K = `termsOfBlocks`. See `normalizedMagnitude`. */
export const groupNormalizationMagnitude: ReferenceKernel<"groupNormalization"> = (g, { x, scale, bias }, { y }) => {
  const terms = termsOfBlocks((g.pixels * g.c) / g.groups);
  for (const group of statisticsOfGroups(g, x)) {
    const normalized = normalizedMagnitude(group, terms, g.epsilon);
    for (const i of group.places) {
      const c = i % g.c;
      y[i] = normalized.of(x[i]!) * Math.abs(scale ? scale[c]! : 1) + Math.abs(bias ? bias[c]! : 0);
    }
  }
};

/** A group of one image, in float64. */
export interface GroupStatistics {
  /** The indices of its values. */
  readonly places: Uint32Array;
  readonly mean: number;
  readonly variance: number;
  /** 1 / √(variance + epsilon). */
  readonly root: number;
  /** The mean of |x|, and of |x − mean|. */
  readonly absolute: number;
  readonly deviation: number;
}

export function* statisticsOfGroups(
  { n, pixels, c, groups, epsilon }: GroupNormalizationAttributes,
  x: Float32Array,
): Generator<GroupStatistics> {
  const d = c / groups;
  for (let image = 0; image < n; image++) {
    for (let group = 0; group < groups; group++) {
      const places = new Uint32Array(pixels * d);
      for (let i = 0; i < places.length; i++) {
        places[i] = (image * pixels + Math.floor(i / d)) * c + group * d + (i % d);
      }
      const average = (of: (value: number) => number) => {
        let sum = 0;
        for (const i of places) sum += of(x[i]!);
        return sum / places.length;
      };
      const mean = average((value) => value);
      const variance = average((value) => (value - mean) ** 2);
      yield {
        places,
        mean,
        variance,
        root: 1 / Math.sqrt(variance + epsilon),
        absolute: average(Math.abs),
        deviation: average((value) => Math.abs(value - mean)),
      };
    }
  }
}

/**
 * The magnitude of x̂ = (x − μ) / √(σ² + epsilon) for K = `terms`. u = 2⁻²⁴; μ and σ² are exact.
 *
 * The first mean of a slice, and that of a group, has an error of up to δ = K u · mean|x|. The rest of the differences
 * corrects it, up to their own rounding: mean|x − μ| + K u · mean|x|. A compiler may add the mean and its correction,
 * and round: mean|x| / K. The squares are of differences from a mean with an error of δ: σ² + 4 δ². The relative error
 * that the root gets from the variance is at most the variance's error, divided by σ² + epsilon, if that quotient is
 * less than a half. Otherwise there is no bound. `ratio` is that quotient in units of 6 K u.
 */
export function normalizedMagnitude(
  { mean, variance, root, absolute, deviation }: GroupStatistics,
  terms: number,
  epsilon: number,
) {
  const unit = terms * 2 ** -24;
  const ratio = (variance + 4 * (unit * absolute) ** 2) / (variance + epsilon);
  const meanSize = deviation + absolute * (1 / terms + unit);
  const promised = 6 * unit * ratio <= 0.5;
  const of = (value: number) =>
    promised ? (Math.abs(value - mean) * (1 + ratio) + meanSize + FLUSHED) * root : Number.POSITIVE_INFINITY;
  return { ratio, of };
}
