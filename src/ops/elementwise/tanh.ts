import shader from "../../../shaders/elementwise/tanh.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "tanh", shader, gradientFrom: "y" };

/**
 * The hyperbolic tangent.
 * Within 4 units in the last place, plus the share of exp(−2 |x|)'s error that reaches y. WGSL grants exp(−2 |x|) 3 + 4
 * |x| units.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function tanh(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `tanh` with respect to its input: dy · (1 − y²).
 *
 * @param y float32, the forward's output
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @returns dx, float32 of the same shape
 * @throws OptionError if y or dy is not a tensor; ShapeError if dy does not have the shape of y; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function tanhBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
