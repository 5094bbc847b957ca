import batchNormalizationTrainingBackwardShader from "../../../shaders/norm/batchNormalizationTrainingBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { type BatchNormalizationGradients, launchChannelGradients } from "./batchNormalizationBackward.js";
import { type BatchNormalizationOptions, checkSlope, fromRows, readBatchNormalization, toRows } from "./options.js";
import { constantsOf, stripsOf } from "./plan.js";

/**
 * The gradients of the output y of `batchNormalizationTraining`, with the dependence of mean and variance on x: dx =
 * scale / √(variance + epsilon) · (dy − (dbias + x̂ · dscale) / n), with x̂ = (x − mean) / √(variance + epsilon) and n
 * values in a channel. The gradients of scale and bias are returned even if scale and bias were left out. Gradients of
 * the returned mean and variance are not included.
 *
 * The error bound has K = n + 4, by WGSL's accuracy of `inverseSqrt`. Each gradient is a sum of products; Σ|terms| is
 * the sum of their absolute values.
 *
 * @param x the forward's `x`
 * @param mean float32 [C], the forward's output `mean`
 * @param variance float32 [C], the forward's output `variance`
 * @param dy float32, the gradient of the forward's y, of the shape of y
 * @param options the forward's options; `bias` is ignored
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape that x requires;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function batchNormalizationTrainingBackward(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  dy: Tensor,
  options: BatchNormalizationOptions = {},
): Pick<BatchNormalizationGradients, "dx" | "dscale" | "dbias"> {
  const operator = "batchNormalizationTrainingBackward";
  const { scale, bias } = options ?? {};
  const backend = checkTensors(operator, { x, mean, variance, dy, scale, bias }, ["scale", "bias"]);
  const g = readBatchNormalization(operator, x, options, { mean, variance });
  checkSlope(operator, dy, g);
  const { rows, c, epsilon } = g;
  return backend.tidy(() => {
    const { dx, ...channels } = execute({
      name: operator,
      inputs: { x: toRows(x, g), mean, variance, dy: toRows(dy, g), scale },
      outputs: { dx: [rows, c], dscale: [c], dbias: [c] },
      gpu(launcher, inputs, { dx, ...outputs }) {
        const { x, mean, variance, dy, scale } = inputs;
        launchChannelGradients(launcher, g, inputs, outputs);
        launcher.forEachBatch(rows, { x, dy, dx }, (chunk, chunkRows) => {
          const strips = stripsOf(chunkRows, c, launcher.traits);
          launcher.launch({
            shader: batchNormalizationTrainingBackwardShader,
            constants: { ...constantsOf(c, launcher.traits), HAS_SCALE: scale !== undefined },
            params: { rows: chunkRows, c, strips, epsilon, share: 1 / rows },
            bindings: { ...chunk, mean, variance, scale: scale ?? variance, ...outputs },
            invocations: (strips * c) / lanesFor(c),
            work: 6 * chunkRows * c,
          });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.batchNormalizationTrainingBackward({ epsilon }, inputs, outputs),
      terms: rows + 4,
    });
    return { dx: fromRows(dx, g), ...channels };
  });
}
