import shader from "../../../shaders/elementwise/silu.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "silu", shader, gradientFrom: "x" };

/**
 * The sigmoid linear unit x · sigmoid(x), also called swish (Elfwing, Uchibe and Doya, 2017): 0 where x is −∞.
 * Within 5 units in the last place, and of what WGSL grants exp(−|x|), 3 + 2 |x| units, the share that reaches y.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function silu(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `silu` with respect to its input: dy · s(x) · (1 + x · s(−x)), s being the sigmoid.
 *
 * @param x the forward's input
 * @param dy the gradient of the forward's output, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where x or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function siluBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
