import shader from "../../../shaders/loss/meanSquaredError.wgsl";
import type { Tensor } from "../../core/tensor.js";
import {
  type LossGradients,
  type PointwiseLoss,
  type PointwiseLossOptions,
  pointwiseLoss,
  pointwiseLossBackward,
} from "./pointwise.js";

export const definition: PointwiseLoss = { name: "meanSquaredError", shader, argument: "predictions" };

/**
 * The mean of (predictions − targets)² over all elements, their sum, or each of them (PyTorch's `MSELoss`).
 *
 * @param predictions float32 of any shape
 * @param targets float32 of the same shape
 * @returns a scalar []; with "none" of the shape of predictions
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function meanSquaredError(predictions: Tensor, targets: Tensor, options: PointwiseLossOptions = {}): Tensor {
  return pointwiseLoss(definition, predictions, targets, options);
}

/**
 * The gradients of `meanSquaredError`: 2 (predictions − targets) · dy, over the number of elements for the mean, and its
 * negative.
 *
 * @param predictions the forward's `predictions`
 * @param targets the forward's `targets`
 * @param dy float32, the gradient of the forward's output, with the shape of that output: a scalar []; with "none" the
 * shape of predictions
 * @param options the forward's options
 * @returns dpredictions and dtargets, of the shape of predictions
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function meanSquaredErrorBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: PointwiseLossOptions = {},
): LossGradients {
  return pointwiseLossBackward(definition, predictions, targets, dy, options);
}
