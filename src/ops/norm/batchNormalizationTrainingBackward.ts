import batchNormalizationTrainingBackwardShader from "../../../shaders/norm/batchNormalizationTrainingBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { type BatchNormalizationGradients, launchChannelGradients } from "./batchNormalizationBackward.js";
import {
  type BatchNormalizationGeometry,
  type BatchNormalizationOptions,
  checkSlope,
  fromRows,
  readBatchNormalization,
  toRows,
} from "./options.js";
import { constantsOf, stripsOf } from "./plan.js";

/** A gradient for each input of {@link batchNormalizationTraining}. */
export type BatchNormalizationTrainingGradients = Pick<BatchNormalizationGradients, "dx" | "dscale" | "dbias">;

/**
 * The gradients of the output y of `batchNormalizationTraining`, with the dependence of mean and variance on x: dx =
 * scale / √(variance + epsilon) · (dy − (dbias + x̂ · dscale) / n), with x̂ = (x − mean) / √(variance + epsilon) and n
 * values in a channel. The gradients of scale and bias are returned even if scale and bias were left out. Gradients of
 * the returned mean and variance are not included.
 *
 * A variance beyond float32 is infinite, and gives gradients of 0. {@link valueAndGradients} does not use the variance,
 * and gives the gradients of such values too.
 *
 * @param x float32, the forward's `x`
 * @param mean float32 [C], the forward's output `mean`
 * @param variance float32 [C], the forward's output `variance`
 * @param dy float32, the gradient of the forward's y, of the shape of y
 * @param options the forward's options; `bias` is ignored
 * @returns float32: dx of x's shape; dscale and dbias [C]
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape that x requires;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Sums are added in pairs, and K is n. Each gradient is a sum of products.
 * The sum of their absolute values takes the place of Σ|terms|. It counts twice for dscale and four times for dx. This
 * follows from the accuracy that WGSL demands of `inverseSqrt`.
 *
 * @example
 * ```ts
 * // Three values of one channel.
 * const x = backend.tensor([[1], [2], [3]]);
 * const { mean, variance } = batchNormalizationTraining(x);
 * const dy = backend.tensor([[3], [0], [0]]);
 * const { dx, dscale, dbias } = batchNormalizationTrainingBackward(x, mean, variance, dy);
 * await dx.read(); // ≈ [0.612, -1.22, 0.612]
 * await dscale.read(); // ≈ [-3.67]
 * await dbias.read(); // [3]
 * ```
 */
export function batchNormalizationTrainingBackward(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  dy: Tensor,
  options: BatchNormalizationOptions = {},
): BatchNormalizationTrainingGradients {
  const operator = "batchNormalizationTrainingBackward";
  const { scale, bias } = options ?? {};
  const backend = checkTensors(operator, { x, mean, variance, dy, scale, bias }, ["scale", "bias"]);
  const g = readBatchNormalization(operator, x, options, { mean, variance });
  checkSlope(operator, dy, g);
  return backend.tidy(() => {
    const rows = { x: toRows(x, g), mean, dy: toRows(dy, g), scale };
    const { dx, ...channels } = batchGradients(g, { ...rows, spread: variance }, false);
    return { dx: fromRows(dx, g), ...channels };
  });
}

interface BatchInputs {
  readonly x: Tensor;
  readonly mean: Tensor;
  readonly spread: Tensor;
  readonly dy: Tensor;
  readonly scale: Tensor | undefined;
}

/**
 * The gradients for x and dy as [rows, C].
 *
 * @param hasDeviation whether the spread is √(variance + epsilon); else it is the variance
 */
export function batchGradients(
  g: BatchNormalizationGeometry,
  inputs: BatchInputs,
  hasDeviation: boolean,
): BatchNormalizationTrainingGradients {
  const { rows, c, epsilon } = g;
  return execute({
    name: "batchNormalizationTrainingBackward",
    inputs: { ...inputs },
    outputs: { dx: [rows, c], dscale: [c], dbias: [c] },
    gpu(launcher, inputs, { dx, ...outputs }) {
      const { x, mean, spread, dy, scale } = inputs;
      launchChannelGradients(launcher, g, { ...inputs, hasDeviation }, outputs);
      launcher.forEachBatch(rows, { x, dy, dx }, (chunk, chunkRows) => {
        const strips = stripsOf(chunkRows, c, launcher.traits);
        launcher.launch({
          shader: batchNormalizationTrainingBackwardShader,
          constants: {
            ...constantsOf(c, launcher.traits),
            HAS_SCALE: scale !== undefined,
            HAS_DEVIATION: hasDeviation,
          },
          params: { rows: chunkRows, c, strips, epsilon, share: 1 / rows },
          bindings: { ...chunk, mean, spread, scale: scale ?? spread, ...outputs },
          invocations: (strips * c) / lanesFor(c),
          work: 6 * chunkRows * c,
        });
      });
    },
    cpu: (kernels, inputs, outputs) =>
      kernels.batchNormalizationTrainingBackward({ epsilon, hasDeviation }, inputs, outputs),
    terms: rows,
    paired: true,
  });
}
