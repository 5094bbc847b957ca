import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { sliceBackward } from "../arrange/sliceBackward.js";
import { checkTensors } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { type CropOptions, readCrop } from "./cropOptions.js";

/**
 * The gradient of `crop` with respect to its input: dy inside, zeros at the borders.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` is invalid, or dy does not have the shape of
 * the forward's output; DisposedError, BackendLostError, OutOfMemoryError
 */
export function cropBackward(inputShape: Shape, dy: Tensor, options: CropOptions): Tensor {
  const operator = "cropBackward";
  checkTensors(operator, { dy });
  const { starts, output, layout } = readCrop(operator, "inputShape", inputShape, options);
  checkGradient(operator, dy, output, layout);
  return sliceBackward(inputShape, dy, starts);
}
