import shader from "../../../shaders/elementwise/exp.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "exp", shader, gradientFrom: "y" };

/**
 * The exponential function eˣ. The error is at most 3 + 2 |x| units in the last place, as WGSL allows.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await exp(x).read(); // ≈ [0.135, 0.607, 1, 2.72]
 * ```
 */
export function exp(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link exp} with respect to its input: dy · y.
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
 * const y = exp(backend.tensor([-2, -0.5, 0, 1]));
 * const dy = backend.full([4], 1);
 * await expBackward(y, dy).read(); // ≈ [0.135, 0.607, 1, 2.72]
 * ```
 */
export function expBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
