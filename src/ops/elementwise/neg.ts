import shader from "../../../shaders/elementwise/neg.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "neg", shader, gradientFrom: "x" };

/**
 * The negative, −x. The result is exact.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await neg(x).read(); // [2, 0.5, -0, -1]
 * ```
 */
export function neg(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link neg} with respect to its input: −dy.
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
 * await negBackward(x, dy).read(); // [-1, -1, -1, -1]
 * ```
 */
export function negBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
