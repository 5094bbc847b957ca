import shader from "../../../shaders/elementwise/log.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "log", shader, gradientFrom: "x" };

/**
 * The natural logarithm. −∞ where x is 0, NaN where x is negative.
 * The error is at most 6 units in the last place, also near 1.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-1, 0, 1, 2]);
 * await log(x).read(); // ≈ [NaN, -Infinity, 0, 0.693]
 * ```
 */
export function log(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link log} with respect to its input: dy / x.
 *
 * @param x float32, the forward's input
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options there are none (see {@link NoOptions})
 * @returns dx, float32 of the same shape
 * @throws OptionError if x or dy is not a tensor; ShapeError if dy does not have the shape of x; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-1, 0, 1, 2]);
 * const dy = backend.full([4], 1);
 * await logBackward(x, dy).read(); // [-1, Infinity, 1, 0.5]
 * ```
 */
export function logBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
