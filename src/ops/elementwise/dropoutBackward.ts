import type { Tensor } from "../../core/tensor.js";
import { type DropoutOptions, dropoutOf } from "./dropout.js";

/**
 * The gradient of {@link dropout} with respect to its input: the forward's mask, applied to dy.
 *
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options, with the same `step` and `replica`
 * @returns dx, float32 of dy's shape
 * @throws OptionError if dy is not a tensor or an option is invalid; ShapeError if `step` or `replica` is a tensor of
 * more than one element; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const options = { rate: 0.5, seed: 6, step: 1 };
 * await dropout(backend.tensor([1, 2, 3, 4, 5, 6]), options).read(); // [0, 0, 6, 8, 0, 12]
 * await dropoutBackward(backend.full([6], 1), options).read(); // [0, 0, 2, 2, 0, 2]
 * ```
 */
export function dropoutBackward(dy: Tensor, options: DropoutOptions): Tensor {
  return dropoutOf("dropoutBackward", "dy", dy, options);
}
