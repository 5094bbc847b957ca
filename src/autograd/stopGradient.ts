import { checkNoOptions, type NoOptions } from "../core/options.js";
import { checkTensor, storageOf, Tensor } from "../core/tensor.js";

/**
 * Lets no gradient through: the values are those of x, and `valueAndGradients` treats them as a constant (as PyTorch's
 * `detach`, TensorFlow's `stop_gradient`). The result shares the memory of x. Dispose of both handles.
 *
 * @param x float32 of any shape
 * @returns float32 of the shape of x
 * @throws OptionError if x is not a tensor; DisposedError, BackendLostError
 */
export function stopGradient(x: Tensor, options: NoOptions = {}): Tensor {
  checkTensor("stopGradient", "x", x);
  checkNoOptions("stopGradient", options);
  const storage = storageOf("stopGradient", "x", x);
  x.backend.checkAlive();
  return new Tensor(x.backend, storage.retain(), x.shape, {});
}
