import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { differentiateGroups, type GroupNormalizationGradients } from "./groupNormalizationBackward.js";
import { type InstanceNormalizationOptions, readGroupNormalization } from "./groupOptions.js";

/**
 * The gradients of `instanceNormalization`, with the dependence of mean and variance on x. The gradients of scale and
 * bias are returned even if scale and bias were left out. The equations and the error bound are those of
 * `groupNormalizationBackward`.
 *
 * @param x the forward's `x`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored
 * @returns float32 dx of x's shape; dscale and dbias [C]
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or dy, scale or bias does not
 * fit x; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
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
