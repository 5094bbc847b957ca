import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { differentiateGroups, type GroupNormalizationGradients } from "./groupNormalizationBackward.js";
import { type InstanceNormalizationOptions, readGroupNormalization } from "./groupOptions.js";

/**
 * The gradients of `instanceNormalization`, through the statistics too. The gradients of scale and bias are there even
 * if these were left out. The equations and the error bound are those of `groupNormalizationBackward`.
 *
 * @param x the forward's `x`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored
 * @returns dx of x's shape; dscale and dbias [C]
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
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
