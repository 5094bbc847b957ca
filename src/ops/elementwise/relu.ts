import shader from "../../../shaders/elementwise/relu.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export const definition: Unary = { name: "relu", shader, gradientFrom: "y", terms: 0, rectifies: true };

/**
 * The rectified linear unit: 0 where x is negative, else x. NaN stays NaN. The result is exact.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await relu(x).read(); // [0, 0, 0, 1]
 * ```
 */
export function relu(x: Tensor, options: NoOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link relu} with respect to its input: dy where y is positive or NaN, else 0. It reads the output,
 * so it also works for a ReLU that is fused into another operator.
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
 * const y = relu(backend.tensor([-2, -0.5, 0, 1]));
 * const dy = backend.full([4], 1);
 * await reluBackward(y, dy).read(); // [0, 0, 0, 1]
 * ```
 */
export function reluBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  return unaryBackward(definition, y, dy, options);
}

/** The data about the output y of an operation that ends in a ReLU, for its gradients. */
interface Rectified {
  readonly outputs: { readonly y: Tensor };
  gradient(output: "y"): Tensor;
  masked(output: "y"): boolean;
}

/** The gradient of the ReLU's input. The operation that computed the gradient of y may have masked it already. */
export function beforeRelu({ outputs: { y }, gradient, masked }: Rectified): Tensor {
  return masked("y") ? gradient("y") : reluBackward(y, gradient("y"));
}
