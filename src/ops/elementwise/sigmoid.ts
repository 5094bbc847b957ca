import shader from "../../../shaders/elementwise/sigmoid.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "sigmoid", shader, gradientFrom: "y" };

/**
 * The logistic function, 1 / (1 + exp(−x)).
 * Within 4 units in the last place, and of what WGSL grants exp(−|x|), 3 + 2 |x| units, the share that reaches y.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function sigmoid(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `sigmoid` with respect to its input: dy · y · (1 − y).
 *
 * @param y the forward's output
 * @param dy the gradient of the forward's output, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where y or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function sigmoidBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
