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
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1, 8]);
 * await relu6(x).read(); // [0, 0, 0, 1, 6]
 * ```
 */
export function relu6(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link relu6} with respect to its input: dy where 0 < y < 6 or y is NaN, else 0.
 *
 * @param y float32, the forward's output
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options there are none (see {@link NoOptions})
 * @returns dx, float32 of the same shape
 * @throws OptionError if y or dy is not a tensor; ShapeError if dy does not have the shape of y; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // The gradient needs the output, not the input.
 * const y = relu6(backend.tensor([-2, -0.5, 0, 1, 8]));
 * const dy = backend.full([5], 1);
 * await relu6Backward(y, dy).read(); // [0, 0, 0, 1, 0]
 * ```
 */
export function relu6Backward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
