import shader from "../../../shaders/elementwise/leakyRelu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

/** The options of {@link leakyRelu} and {@link leakyReluBackward}. */
export interface LeakyReluOptions {
  /** The slope where x is negative; 0.01 if left out. */
  readonly alpha?: number | undefined;
}

export const definition: Unary = {
  name: "leakyRelu",
  shader,
  gradientFrom: "x",
  options: { names: ["alpha"], read: (reader) => ({ numbers: { alpha: reader.number("alpha", 0.01) } }) },
};

/**
 * The leaky rectified linear unit: alpha · x where x is negative, else x. NaN stays NaN.
 *
 * @param x float32 of any shape
 * @param options `alpha`, see {@link LeakyReluOptions}
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor or an option is invalid; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await leakyRelu(x).read(); // ≈ [-0.02, -0.005, 0, 1]
 * await leakyRelu(x, { alpha: 0.5 }).read(); // [-1, -0.25, 0, 1]
 * ```
 */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link leakyRelu} with respect to its input: dy where x is positive or NaN, else alpha · dy.
 *
 * @param x float32, the forward's input
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of the same shape
 * @throws OptionError if x or dy is not a tensor or an option is invalid; ShapeError if dy does not have the shape of
 * x; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * const dy = backend.full([4], 1);
 * await leakyReluBackward(x, dy, { alpha: 0.5 }).read(); // [0.5, 0.5, 0.5, 1]
 * ```
 */
export function leakyReluBackward(x: Tensor, dy: Tensor, options: LeakyReluOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
