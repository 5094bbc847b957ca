import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { differentiateGroups, type GroupNormalizationGradients } from "./groupNormalizationBackward.js";
import { type InstanceNormalizationOptions, readGroupNormalization } from "./groupOptions.js";

/**
 * The gradients of {@link instanceNormalization}, with the dependence of mean and variance on x. The gradients of scale
 * and bias are returned even if scale and bias were left out. The equations and the error bound are those of
 * {@link groupNormalizationBackward}.
 *
 * @param x float32, the forward's `x`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored
 * @returns float32: dx of x's shape; dscale and dbias [C]
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or dy, scale or bias does not
 * fit x; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Three pixels with one channel.
 * const x = backend.tensor([1, 2, 3], [1, 1, 3, 1]);
 * const dy = backend.tensor([3, 0, 0], [1, 1, 3, 1]);
 * const { dx, dscale, dbias } = instanceNormalizationBackward(x, dy);
 * await dx.read(); // ≈ [0.612, -1.22, 0.612]
 * await dscale.read(); // ≈ [-3.67]
 * await dbias.read(); // [3]
 * ```
 */
export function instanceNormalizationBackward(
  x: Tensor,
  dy: Tensor,
  options: InstanceNormalizationOptions = {},
): GroupNormalizationGradients {
  const operator = "instanceNormalizationBackward";
  const { scale, bias } = options ?? {};
  checkTensors(operator, { x, dy, scale, bias }, ["scale", "bias"]);
  return differentiateGroups(operator, x, dy, readGroupNormalization(operator, x, options, false), scale);
}
