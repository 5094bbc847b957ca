import shader from "../../../shaders/elementwise/hardSwish.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "hardSwish", shader, gradientFrom: "x" };

/**
 * The hard swish function x · relu6(x + 3) / 6 (Howard et al., "Searching for MobileNetV3", ICCV 2019). It is 0 where x
 * is −∞. The error is at most 3 units in the last place.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await hardSwish(x).read(); // ≈ [-0.333, -0.208, 0, 0.667]
 * ```
 */
export function hardSwish(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link hardSwish} with respect to its input: 0 where x ≤ −3, dy where x ≥ 3, else dy · (x / 3 + 1/2).
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
 * await hardSwishBackward(x, dy).read(); // ≈ [-0.167, 0.333, 0.5, 0.833]
 * ```
 */
export function hardSwishBackward(x: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
