import shader from "../../../shaders/elementwise/elu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

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
 * The exponential linear unit (Clevert, Unterthiner and Hochreiter, ICLR 2016): x where x is positive, else alpha · (exp(x) − 1).
 * Within 4 units in the last place; below −1, 4 + (3 + 2 |x|) / (exp(−x) − 1).
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor or an option is invalid; DisposedError, BackendLostError, OutOfMemoryError
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `elu` with respect to its input: dy where x is positive, else alpha · exp(x) · dy.
 *
 * @param x float32, the forward's input
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of the same shape
 * @throws OptionError if x or dy is not a tensor or an option is invalid; ShapeError if dy does not have the shape of
 * x; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function eluBackward(x: Tensor, dy: Tensor, options: EluOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
