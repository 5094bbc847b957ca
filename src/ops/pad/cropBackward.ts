import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { sliceBackward } from "../arrange/sliceBackward.js";
import { checkTensors } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { type CropOptions, readCrop } from "./cropOptions.js";

/**
 * The gradient of {@link crop} with respect to its input: dy inside, zeros at the borders.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` is invalid, or dy does not have the shape of
 * the forward's output; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
 * await cropBackward([1, 3, 3, 1], dy, { cropping: [1, 0, 0, 1] }).read(); // [0, 0, 0, 1, 2, 0, 3, 4, 0]
 * ```
 */
export function cropBackward(inputShape: Shape, dy: Tensor, options: CropOptions): Tensor {
  const operator = "cropBackward";
  checkTensors(operator, { dy });
  const { starts, output, layout } = readCrop(operator, "inputShape", inputShape, options);
  checkGradient(operator, dy, output, layout);
  return sliceBackward(inputShape, dy, starts);
}
