import shader from "../../../shaders/elementwise/abs.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "abs", shader, gradientFrom: "x" };

/**
 * The absolute value, exactly.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function abs(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `abs` with respect to its input: dy with the sign of x, 0 where x is 0, NaN where x is NaN.
 *
 * @param x the forward's input
 * @param dy the gradient of the forward's output, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where x or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function absBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
