import { batchNormalization, FLUSHED } from "./batchNormalization.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/norm/batchNormalizationTraining: each channel's mean and biased variance, and
 * `batchNormalization` by these.
 */
export const batchNormalizationTraining: ReferenceKernel<"batchNormalizationTraining"> = (
  attributes,
  { x, scale, bias },
  outputs,
) => {
  const { mean, variance } = statisticsOf(x, outputs.mean.length);
  outputs.mean.set(mean);
  outputs.variance.set(variance);
  batchNormalization(attributes, { x, mean, variance, scale, bias }, outputs);
};

/**
 * Takes the place of Σ|terms| in the error bound, with K = rows + 9. u = 2⁻²⁴; μ and σ² are exact.
 *
 * The error of a slice's first mean is up to δ = K u · mean|x|. So is the error of the first mean of all slices. The
 * rest of the differences corrects it, up to their own rounding: mean|x − μ| + mean|x| · (1 / K + K u). The squares are
 * of differences from a mean with an error of δ: σ² + 4 δ². The relative error that y gets from the variance is at most
 * the variance's error, divided by σ² + epsilon, if that quotient is less than a half. Otherwise there is no bound for
 * y.
 */
export const batchNormalizationTrainingMagnitude: ReferenceKernel<"batchNormalizationTraining"> = (
  { epsilon },
  { x, scale, bias },
  outputs,
) => {
  const channels = outputs.mean.length;
  const terms = x.length / channels + 9;
  const { mean, variance, absolute, deviation } = statisticsOf(x, channels);
  for (let c = 0; c < channels; c++) {
    // Infinite if a sum overflows float32 before it is divided: nothing is promised then.
    const overflow = Number.isFinite(Math.fround(absolute[c]! * terms)) ? 0 : Number.POSITIVE_INFINITY;
    outputs.mean[c] = deviation[c]! + absolute[c]! * (1 / terms + terms * 2 ** -24) + overflow;
    outputs.variance[c] = variance[c]! + 4 * (terms * 2 ** -24 * absolute[c]!) ** 2 + overflow;
  }
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const relative = outputs.variance[c]! / (variance[c]! + epsilon);
    const factor = Math.abs(scale ? scale[c]! : 1) / Math.sqrt(variance[c]! + epsilon);
    const distance = Math.abs(x[i]! - mean[c]!);
    outputs.y[i] =
      6 * terms * 2 ** -24 * relative > 0.5
        ? Number.POSITIVE_INFINITY
        : (distance * (1 + relative) + outputs.mean[c]! + FLUSHED) * factor + Math.abs(bias ? bias[c]! : 0);
  }
};

/** Of each channel, in float64: mean and variance, and the means of |x| and of |x − mean|. */
function statisticsOf(x: Float32Array, channels: number) {
  const rows = x.length / channels;
  const average = (of: (value: number, c: number) => number) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < x.length; i++) sums[i % channels]! += of(x[i]!, i % channels);
    return sums.map((sum) => sum / rows);
  };
  const mean = average((value) => value);
  return {
    mean,
    variance: average((value, c) => (value - mean[c]!) ** 2),
    absolute: average(Math.abs),
    deviation: average((value, c) => Math.abs(value - mean[c]!)),
  };
}
