import shader from "../../../shaders/elementwise/abs.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "abs", shader, gradientFrom: "x" };

/**
 * The absolute value. The result is exact.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await abs(x).read(); // [2, 0.5, 0, 1]
 * ```
 */
export function abs(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link abs} with respect to its input: dy with the sign of x, 0 where x is 0, NaN where x is NaN.
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
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * const dy = backend.full([4], 1);
 * await absBackward(x, dy).read(); // [-1, -1, 0, 1]
 * ```
 */
export function absBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
