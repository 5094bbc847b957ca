import shader from "../../../shaders/elementwise/elu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

export interface EluOptions {
  /** What y tends to where x tends to −∞, negated; 1 if left out. */
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
 * @throws OptionError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of `elu` with respect to its input: dy where x is positive, else alpha · exp(x) · dy.
 *
 * @param x the forward's input
 * @param dy the gradient of the forward's output, of its shape
 * @param options the forward's
 * @returns dx, of the same shape
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function eluBackward(x: Tensor, dy: Tensor, options: EluOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
