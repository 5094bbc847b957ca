import shader from "../../../shaders/elementwise/softplus.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "softplus", shader, gradientFrom: "x" };

/**
 * The softplus function log(1 + exp(x)) (Dugas et al., NIPS 2000). It is computed without overflow. The error is at
 * most 9 + 2 |x| units in the last place of log(1 + exp(−|x|)).
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await softplus(x).read(); // ≈ [0.127, 0.474, 0.693, 1.31]
 * ```
 */
export function softplus(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link softplus} with respect to its input: dy · sigmoid(x).
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
 * await softplusBackward(x, dy).read(); // ≈ [0.119, 0.378, 0.5, 0.731]
 * ```
 */
export function softplusBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
