import shader from "../../../shaders/elementwise/sqrt.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "sqrt", shader, gradientFrom: "y" };

/**
 * The square root. NaN where x is negative. The error is at most 4.5 units in the last place, as WGSL allows.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-1, 0, 1, 4]);
 * await sqrt(x).read(); // ≈ [NaN, 0, 1, 2]
 * ```
 */
export function sqrt(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link sqrt} with respect to its input: dy / (2 y).
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
 * const y = sqrt(backend.tensor([-1, 0, 1, 4]));
 * const dy = backend.full([4], 1);
 * await sqrtBackward(y, dy).read(); // ≈ [NaN, Infinity, 0.5, 0.25]
 * ```
 */
export function sqrtBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
