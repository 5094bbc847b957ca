import { roundings } from "../../core/errorBound.js";
import { batchNormalization, FLUSHED } from "./batchNormalization.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/norm/batchNormalizationTraining: each channel's mean and biased variance,
 * √(variance + epsilon), and `batchNormalization` by these.
 */
export const batchNormalizationTraining: ReferenceKernel<"batchNormalizationTraining"> = (
  attributes,
  { x, scale, bias },
  outputs,
) => {
  const { mean, variance } = statisticsOf(x, outputs.mean.length);
  outputs.mean.set(mean);
  outputs.variance.set(variance);
  outputs.deviation.set(variance.map((square) => Math.sqrt(square + attributes.epsilon)));
  batchNormalization(attributes, { x, mean, variance, scale, bias }, outputs);
};

/**
 * Takes the place of Σ|terms| in the error bound, with K = rows and sums in pairs. L = 8 + log2 K is the number of
 * roundings, u = 2⁻²⁴ and U = L u; μ and σ² are exact.
 *
 * The values are summed as distances from one of them, so the first mean has an error of up to δ = U · mean|x|. The rest
 * of the differences corrects it, up to their own rounding, which counts twice because of the merge of slices, and that
 * of the result: 2 mean|x − μ| + mean|x| · (2 / L + U). The squares are of differences from a mean with an error of δ:
 * V = σ² + 4 δ². Their own rounding and the merge make that 3 V. The relative error that y and the deviation get from the
 * variance is at most the variance's error, divided by σ² + epsilon, if that quotient is less than a half. Otherwise
 * there is no bound for them.
 */
export const batchNormalizationTrainingMagnitude: ReferenceKernel<"batchNormalizationTraining"> = (
  { epsilon },
  { x, scale, bias },
  outputs,
) => {
  const channels = outputs.mean.length;
  const count = roundings({ terms: x.length / channels, paired: true });
  const unit = count * 2 ** -24;
  const { mean, variance, absolute, deviation } = statisticsOf(x, channels);
  const ratios = variance.map((square, c) => (square + 4 * (unit * absolute[c]!) ** 2) / (square + epsilon));
  for (let c = 0; c < channels; c++) {
    const ratio = ratios[c]!;
    const root = Math.sqrt(variance[c]! + epsilon);
    outputs.mean[c] = 2 * deviation[c]! + absolute[c]! * (2 / count + unit);
    outputs.variance[c] = 3 * (variance[c]! + 4 * (unit * absolute[c]!) ** 2);
    outputs.deviation[c] = isPromised(ratio, unit) ? 2 * root * (1 + ratio) : Number.POSITIVE_INFINITY;
  }
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const ratio = ratios[c]!;
    const factor = Math.abs(scale ? scale[c]! : 1) / Math.sqrt(variance[c]! + epsilon);
    const meanSize = 2 * deviation[c]! + absolute[c]! * (2 / count + unit);
    const size = 2 * Math.abs(x[i]! - mean[c]!) * (1 + ratio) + meanSize + FLUSHED;
    outputs.y[i] = isPromised(ratio, unit) ? size * factor + Math.abs(bias ? bias[c]! : 0) : Number.POSITIVE_INFINITY;
  }
};

function isPromised(ratio: number, unit: number): boolean {
  return 3 * unit * ratio <= 0.5;
}

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
