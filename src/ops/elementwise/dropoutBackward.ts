import type { Tensor } from "../../core/tensor.js";
import { type DropoutOptions, dropoutOf } from "./dropout.js";

/**
 * The gradient of `dropout` with respect to its input: the forward's mask, applied to dy.
 *
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options, with the same `step`
 * @returns dx, float32 of dy's shape
 * @throws OptionError if an option is invalid; ShapeError if `step` is a tensor of more than one element;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function dropoutBackward(dy: Tensor, options: DropoutOptions): Tensor {
  return dropoutOf("dropoutBackward", "dy", dy, options);
}
