import { OptionError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { batchGradients } from "./batchNormalizationTrainingBackward.js";
import { launchNormalized } from "./groupNormalization.js";
import { groupLanesOf, launchGroupStatistics } from "./groups.js";
import { type BatchNormalizationOptions, fromRows, readBatchNormalization, toRows } from "./options.js";

/** The output, and the statistics of the batch. */
export interface NormalizedBatch {
  /** float32 of x's shape. */
  readonly y: Tensor;
  /** float32 [C]. */
  readonly mean: Tensor;
  /** float32 [C]: the biased variance, the sum of squared deviations over the number of values. */
  readonly variance: Tensor;
}

/**
 * Batch normalization by the batch's own mean and variance, as in training (Ioffe and Szegedy, "Batch Normalization",
 * 2015). The biased variance normalizes, as in PyTorch and Keras. Mean and variance are returned, to be averaged for
 * inference. PyTorch averages the unbiased variance, which is variance · n / (n − 1) for the n values of a channel.
 *
 * @param x float32 with at least one axis
 * @param options `scale`, `bias`, `axis` and `epsilon`, see {@link BatchNormalizationOptions}
 * @returns float32: y of x's shape; mean and biased variance [C], where C is the extent of x along `axis`
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape that x requires;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The kernels are those of {@link groupNormalization}, with each channel as a group. They read the values twice,
 * because the mean of squares minus the square of the mean would be inaccurate. y is right also where the variance is
 * beyond float32, and so are the gradients that {@link valueAndGradients} gives.
 *
 * The guide Numbers explains the error bound. Sums are added in pairs, and K is n. With U = (8 + log2 n) · 2⁻²⁴, these
 * expressions take the place of Σ|terms|:
 *
 * - mean: 2 mean|x − μ| + mean|x| · (2 / (8 + log2 n) + U)
 * - variance: 3 V, with V = σ² + 4 (U · mean|x|)²
 * - y: |scale| / √(σ² + epsilon) · (2 |x − μ| · (1 + V / (σ² + epsilon)) + the magnitude of the mean) + |bias|
 *
 * There is no bound for y if the bound of the variance is more than half of σ² + epsilon.
 *
 * @example
 * ```ts
 * // Two values of two channels.
 * const { y, mean, variance } = batchNormalizationTraining(backend.tensor([[1, 10], [3, 30]]));
 * await mean.read(); // ≈ [2, 20]
 * await variance.read(); // ≈ [1, 100]
 * await y.read(); // ≈ [-1, -1, 1, 1]
 * ```
 */
export function batchNormalizationTraining(x: Tensor, options: BatchNormalizationOptions = {}): NormalizedBatch {
  const operator = "batchNormalizationTraining";
  const { scale, bias } = options ?? {};
  const backend = checkTensors(operator, { x, scale, bias }, ["scale", "bias"]);
  const g = readBatchNormalization(operator, x, options, {});
  const { rows, c, epsilon } = g;
  const asGroups = { n: 1, pixels: rows, c, groups: c, epsilon };
  return backend.tidy(() => {
    const { y, mean, variance } = execute({
      name: operator,
      inputs: { x: toRows(x, g), scale, bias },
      // The deviation is √(variance + epsilon). It is for the gradients, because the variance may be beyond float32.
      outputs: { y: [rows, c], mean: [c], variance: [c], deviation: [c] },
      gpu(launcher, { x, scale, bias }, { y, mean, variance, deviation }) {
        const lanes = groupLanesOf(asGroups, launcher.traits);
        const moments = { means: mean, variances: variance, deviations: deviation };
        const statistics = launchGroupStatistics(launcher, asGroups, lanes, x, moments);
        launchNormalized(launcher, asGroups, lanes, { x, statistics, scale, bias }, y);
      },
      cpu: (kernels, inputs, outputs) => kernels.batchNormalizationTraining({ epsilon }, inputs, outputs),
      terms: rows,
      paired: true,
      backward({ inputs: { x, scale, bias }, outputs: { mean, deviation }, gradient, reached }) {
        if (reached("mean") || reached("variance")) {
          throw new OptionError(
            `${operator}: the value depends on its mean or variance, which have no gradient; use y alone, or reduceMean`,
          );
        }
        const dy = gradient("y");
        const { dx, dscale, dbias } = batchGradients(g, { x, mean, spread: deviation, dy, scale }, true);
        return { x: dx, scale: scale && dscale, bias: bias && dbias };
      },
    });
    return { y: fromRows(y, g), mean, variance };
  });
}
