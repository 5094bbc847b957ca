import batchNormalizationShader from "../../../shaders/norm/batchNormalization.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { batchNormalizationBackward } from "./batchNormalizationBackward.js";
import { type BatchNormalizationOptions, fromRows, readBatchNormalization, toRows } from "./options.js";
import { constantsOf, stripsOf } from "./plan.js";

/**
 * Batch normalization by a given mean and variance, as in inference: y = (x − mean) · scale / √(variance + epsilon) +
 * bias, channel by channel (WebNN's `batchNormalization`). {@link batchNormalizationTraining} computes mean and
 * variance from the batch.
 *
 * @param x float32 with at least one axis
 * @param mean float32 [C], where C is the extent of x along `axis`
 * @param variance float32 [C], not negative
 * @param options `scale`, `bias`, `axis` and `epsilon`, see {@link BatchNormalizationOptions}
 * @returns y, float32 of x's shape
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape that x requires;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is 2, and |x − mean| · |scale| / √(variance + epsilon) + |bias|
 * takes the place of Σ|terms|. This follows from the accuracy that WGSL demands of `inverseSqrt`.
 *
 * @example
 * ```ts
 * // Two values of two channels.
 * const x = backend.tensor([[1, 10], [3, 30]]);
 * const [mean, variance] = [backend.tensor([2, 10]), backend.tensor([1, 100])];
 * await batchNormalization(x, mean, variance).read(); // ≈ [-1, 0, 1, 2]
 * const [scale, bias] = [backend.tensor([3, 1]), backend.tensor([0, 5])];
 * await batchNormalization(x, mean, variance, { scale, bias }).read(); // ≈ [-3, 5, 3, 7]
 * ```
 */
export function batchNormalization(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  options: BatchNormalizationOptions = {},
): Tensor {
  const operator = "batchNormalization";
  const { scale, bias } = options ?? {};
  const backend = checkTensors(operator, { x, mean, variance, scale, bias }, ["scale", "bias"]);
  const g = readBatchNormalization(operator, x, options, { mean, variance });
  return backend.tidy(() => {
    const { y } = execute({
      name: operator,
      inputs: { x: toRows(x, g), mean, variance, scale, bias },
      outputs: { y: [g.rows, g.c] },
      gpu(launcher, { x, mean, variance, scale, bias }, { y }) {
        const { rows, c, epsilon } = g;
        const constants = {
          ...constantsOf(c, launcher.traits),
          HAS_SCALE: scale !== undefined,
          HAS_BIAS: bias !== undefined,
        };
        launcher.forEachBatch(rows, { x, y }, (chunk, rows) => {
          const strips = stripsOf(rows, c, launcher.traits);
          launcher.launch({
            shader: batchNormalizationShader,
            constants,
            params: { rows, c, strips, epsilon },
            // A binding cannot stay empty. The kernel does not read the binding of an absent tensor.
            bindings: { ...chunk, mean, variance, scale: scale ?? mean, bias: bias ?? mean },
            invocations: (strips * c) / lanesFor(c),
            work: 3 * rows * c,
          });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.batchNormalization(g, inputs, outputs),
      terms: 2,
      backward({ inputs: { x, mean, variance, scale, bias }, gradient }) {
        const { epsilon } = g;
        const { dx, dmean, dvariance, dscale, dbias } = batchNormalizationBackward(x, mean, variance, gradient("y"), {
          scale,
          bias,
          epsilon,
        });
        return { x: dx, mean: dmean, variance: dvariance, scale: dscale, bias: dbias };
      },
    });
    return fromRows(y, g);
  });
}
