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
 * The squared error (predictions − targets)²: its mean over all elements, its sum, or each error (PyTorch's `MSELoss`).
 *
 * @param predictions float32 of any shape
 * @param targets float32 of the same shape
 * @returns float32: a scalar []; with reduction "none" the shape of predictions
 * @throws OptionError if an option is invalid; ShapeError if the shapes of predictions and targets differ;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function meanSquaredError(predictions: Tensor, targets: Tensor, options: PointwiseLossOptions = {}): Tensor {
  return pointwiseLoss(definition, predictions, targets, options);
}

/**
 * The gradients of `meanSquaredError`: dpredictions is 2 (predictions − targets) · dy, and dtargets is its negative.
 * With reduction "mean", both are divided by the number of elements.
 *
 * @param predictions the forward's `predictions`
 * @param targets the forward's `targets`
 * @param dy float32, the gradient of the forward's output: a scalar []; with reduction "none" the shape of predictions
 * @param options the forward's options
 * @returns float32 dpredictions and dtargets, each of the shape of predictions
 * @throws OptionError if an option is invalid; ShapeError if the shapes of predictions and targets differ;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function meanSquaredErrorBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: PointwiseLossOptions = {},
): LossGradients {
  return pointwiseLossBackward(definition, predictions, targets, dy, options);
}
