import shader from "../../../shaders/elementwise/sqrt.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "sqrt", shader, gradientFrom: "y" };

/**
 * The square root: NaN where x is negative.
 * Within 4.5 units in the last place, as WGSL grants.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function sqrt(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `sqrt` with respect to its input: dy / (2 y).
 *
 * @param y the forward's output
 * @param dy the gradient of the forward's output, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where y or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function sqrtBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
