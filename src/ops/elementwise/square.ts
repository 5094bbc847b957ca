import shader from "../../../shaders/elementwise/square.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "square", shader, gradientFrom: "x" };

/**
 * The square, x · x.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function square(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `square` with respect to its input: 2 x · dy.
 *
 * @param x the forward's input
 * @param dy the gradient of the forward's output, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where x or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function squareBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
