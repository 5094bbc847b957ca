import shader from "../../../shaders/elementwise/relu6.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "relu6", shader, gradientFrom: "y" };

/**
 * The rectified linear unit, limited to 6 (Krizhevsky, 2010): 0 where x is negative, 6 where x is larger, else x. NaN
 * stays NaN. The result is exact.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function relu6(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `relu6` with respect to its input: dy where 0 < y < 6 or y is NaN, else 0.
 *
 * @param y float32, the forward's output
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @returns dx, float32 of the same shape
 * @throws OptionError if y or dy is not a tensor; ShapeError if dy does not have the shape of y; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function relu6Backward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
