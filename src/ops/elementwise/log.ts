import shader from "../../../shaders/elementwise/log.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "log", shader, gradientFrom: "x" };

/**
 * The natural logarithm: −∞ where x is 0, NaN where it is negative.
 * Within 6 units in the last place, near 1 too.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function log(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `log` with respect to its input: dy / x.
 *
 * @param x the forward's input
 * @param dy the gradient of the forward's output, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where x or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function logBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
