import mergeMomentsShader from "../../../shaders/norm/batchNormalizationTraining/mergeMoments.wgsl";
import sliceMomentsShader from "../../../shaders/norm/batchNormalizationTraining/sliceMoments.wgsl";
import { OptionError } from "../../core/errors.js";
import type { Launcher } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { launchNormalization } from "./batchNormalization.js";
import { batchNormalizationTrainingBackward } from "./batchNormalizationTrainingBackward.js";
import {
  type BatchNormalizationGeometry,
  type BatchNormalizationOptions,
  fromRows,
  readBatchNormalization,
  toRows,
} from "./options.js";
import { constantsOf, sliceRows } from "./plan.js";

/** The output, and the statistics of the batch. */
export interface NormalizedBatch {
  /** Of x's shape. */
  readonly y: Tensor;
  /** [C]. */
  readonly mean: Tensor;
  /** [C]: the biased variance, the sum of squared deviations over the number of values. */
  readonly variance: Tensor;
}

/**
 * Batch normalization by the batch's own mean and variance, as in training (Ioffe and Szegedy, "Batch Normalization",
 * 2015). The biased variance normalizes, as in PyTorch and Keras. Mean and variance are returned, to be averaged for
 * inference. PyTorch averages the unbiased variance, which is variance · n / (n − 1) for the n values of a channel.
 *
 * The kernels read the values twice, because the mean of squares minus the square of the mean would be inaccurate. They
 * correct the rounding error of the mean.
 *
 * The error bounds have K = n + 9. With u = 2⁻²⁴, these expressions take the place of Σ|terms|:
 *
 * - mean: mean|x − μ| + mean|x| · (1 / K + K u)
 * - variance: M = σ² + 4 (K u · mean|x|)²
 * - y: |scale| / √(σ² + epsilon) · (|x − μ| · (1 + M / (σ² + epsilon)) + the magnitude of the mean) + |bias|
 *
 * There is no bound for y if the bound of the variance is more than half of σ² + epsilon. If a channel's mean is much
 * larger than its spread, the rounding of that mean to float32 decides the error of y.
 *
 * @param x float32 with at least one axis
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape that x requires;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function batchNormalizationTraining(x: Tensor, options: BatchNormalizationOptions = {}): NormalizedBatch {
  const operator = "batchNormalizationTraining";
  const { scale, bias } = options ?? {};
  const backend = checkTensors(operator, { x, scale, bias }, ["scale", "bias"]);
  const g = readBatchNormalization(operator, x, options, {});
  const { rows, c, epsilon } = g;
  return backend.tidy(() => {
    const { y, ...statistics } = execute({
      name: operator,
      inputs: { x: toRows(x, g), scale, bias },
      outputs: { y: [rows, c], mean: [c], variance: [c] },
      gpu(launcher, { x, scale, bias }, { y, mean, variance }) {
        launchStatistics(launcher, g, x, { mean, variance });
        launchNormalization(launcher, g, x, { mean, variance, scale, bias }, y);
      },
      cpu: (kernels, inputs, outputs) => kernels.batchNormalizationTraining({ epsilon }, inputs, outputs),
      terms: rows + 9,
      backward({ inputs: { x, scale, bias }, outputs: { mean, variance }, gradient, reached }) {
        if (reached("mean") || reached("variance")) {
          throw new OptionError(
            `${operator}: the value depends on its mean or variance, which have no gradient; use y alone, or reduceMean`,
          );
        }
        const options = { scale, bias, epsilon };
        const { dx, dscale, dbias } = batchNormalizationTrainingBackward(x, mean, variance, gradient("y"), options);
        return { x: dx, scale: dscale, bias: dbias };
      },
    });
    return { y: fromRows(y, g), ...statistics };
  });
}

function launchStatistics(
  launcher: Launcher,
  { rows, c }: BatchNormalizationGeometry,
  x: Storage,
  outputs: { readonly mean: Storage; readonly variance: Storage },
): void {
  const constants = constantsOf(c, launcher.traits);
  const lanes = c / lanesFor(c);
  const { chunks, slices, rowsPerSlice } = sliceRows(launcher, rows, c, 4, { x });
  const moments = launcher.workspace(slices * 4 * c);
  for (const chunk of chunks) {
    launcher.launch({
      shader: sliceMomentsShader,
      constants,
      params: { rows: chunk.rows, c, rowsPerSlice, firstSlice: chunk.firstSlice },
      bindings: { ...chunk.bindings, moments },
      invocations: chunk.slices * lanes,
      work: 5 * chunk.rows * c,
    });
  }
  launcher.launch({
    shader: mergeMomentsShader,
    constants,
    params: { c, slices },
    bindings: { moments, ...outputs },
    invocations: lanes,
    work: 10 * slices * c,
  });
}
