import { checkNoOptions, type NoOptions } from "../core/options.js";
import { checkTensor, storageOf, Tensor } from "../core/tensor.js";

/**
 * Lets no gradient through: the values are those of x, and {@link valueAndGradients} treats them as a constant (as
 * PyTorch's `detach`, TensorFlow's `stop_gradient`). The result shares the memory of x. Dispose of both handles.
 *
 * @param x float32 of any shape
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the shape of x
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError
 *
 * @example
 * ```ts
 * const { gradients } = valueAndGradients(({ x }) => reduceSum(mul(x, stopGradient(x))), {
 *   x: backend.tensor([1, 2, 3]),
 * });
 * // Without stopGradient, the gradient of x · x would be [2, 4, 6].
 * await gradients.x.read(); // [1, 2, 3]
 * ```
 */
export function stopGradient(x: Tensor, options: NoOptions = {}): Tensor {
  checkTensor("stopGradient", "x", x);
  checkNoOptions("stopGradient", options);
  const storage = storageOf("stopGradient", "x", x);
  x.backend.checkAlive();
  return new Tensor(x.backend, storage.retain(), x.shape, {});
}
