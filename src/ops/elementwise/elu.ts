import shader from "../../../shaders/elementwise/elu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

/** The options of {@link elu} and {@link eluBackward}. */
export interface EluOptions {
  /** y tends to −alpha as x tends to −∞. 1 if left out. */
  readonly alpha?: number | undefined;
}

export const definition: Unary = {
  name: "elu",
  shader,
  gradientFrom: "x",
  options: { names: ["alpha"], read: (reader) => ({ numbers: { alpha: reader.number("alpha", 1) } }) },
};

/**
 * The exponential linear unit (Clevert, Unterthiner and Hochreiter, ICLR 2016): x where x is positive, else alpha ·
 * (exp(x) − 1). The error is at most 4 units in the last place. Below −1 it is at most 4 + (3 + 2 |x|) / (exp(−x) − 1)
 * units.
 *
 * @param x float32 of any shape
 * @param options `alpha`, see {@link EluOptions}
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor or an option is invalid; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await elu(x).read(); // ≈ [-0.865, -0.393, 0, 1]
 * await elu(x, { alpha: 2 }).read(); // ≈ [-1.73, -0.787, 0, 1]
 * ```
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link elu} with respect to its input: dy where x is positive, else alpha · exp(x) · dy.
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
 * await eluBackward(x, dy).read(); // ≈ [0.135, 0.607, 1, 1]
 * ```
 */
export function eluBackward(x: Tensor, dy: Tensor, options: EluOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
