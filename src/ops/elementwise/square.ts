import shader from "../../../shaders/elementwise/square.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "square", shader, gradientFrom: "x" };

/**
 * The square, x · x.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await square(x).read(); // [4, 0.25, 0, 1]
 * ```
 */
export function square(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link square} with respect to its input: 2 x · dy.
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
 * await squareBackward(x, dy).read(); // [-4, -1, 0, 2]
 * ```
 */
export function squareBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
