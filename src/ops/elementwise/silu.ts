import shader from "../../../shaders/elementwise/silu.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "silu", shader, gradientFrom: "x" };

/**
 * The sigmoid linear unit x · sigmoid(x), also called swish (Elfwing, Uchibe and Doya, 2017). It is 0 where x is −∞.
 * The error is at most 5 units in the last place, plus the effect on y of the error of exp(−|x|), for which WGSL allows
 * 3 + 2 |x| units.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await silu(x).read(); // ≈ [-0.238, -0.189, 0, 0.731]
 * ```
 */
export function silu(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link silu} with respect to its input: dy · s(x) · (1 + x · s(−x)), where s is the sigmoid.
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
 * await siluBackward(x, dy).read(); // ≈ [-0.0908, 0.26, 0.5, 0.928]
 * ```
 */
export function siluBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
