import shader from "../../../shaders/elementwise/sigmoid.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "sigmoid", shader, gradientFrom: "y" };

/**
 * The logistic function, 1 / (1 + exp(−x)). The error is at most 4 units in the last place, plus the effect on y of the
 * error of exp(−|x|), for which WGSL allows 3 + 2 |x| units.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await sigmoid(x).read(); // ≈ [0.119, 0.378, 0.5, 0.731]
 * ```
 */
export function sigmoid(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link sigmoid} with respect to its input: dy · y · (1 − y).
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
 * const y = sigmoid(backend.tensor([-2, -0.5, 0, 1]));
 * const dy = backend.full([4], 1);
 * await sigmoidBackward(y, dy).read(); // ≈ [0.105, 0.235, 0.25, 0.197]
 * ```
 */
export function sigmoidBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}
