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
 * @param options `reduction`, see {@link PointwiseLossOptions}
 * @returns float32: a scalar []; with reduction "none" the shape of predictions
 * @throws OptionError if an option is invalid; ShapeError if the shapes of predictions and targets differ;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const predictions = backend.tensor([1, 2, 7, 0]);
 * const targets = backend.tensor([1, 1, 2, 1]);
 * await meanSquaredError(predictions, targets).read(); // [6.75]
 * await meanSquaredError(predictions, targets, { reduction: "none" }).read(); // [0, 1, 25, 1]
 * ```
 */
export function meanSquaredError(predictions: Tensor, targets: Tensor, options: PointwiseLossOptions = {}): Tensor {
  return pointwiseLoss(definition, predictions, targets, options);
}

/**
 * The gradients of {@link meanSquaredError}: dpredictions is 2 (predictions − targets) · dy, and dtargets is its
 * negative. With reduction "mean", both are divided by the number of elements.
 *
 * @param predictions float32, the forward's `predictions`
 * @param targets float32, the forward's `targets`
 * @param dy float32, the gradient of the forward's output: a scalar []; with reduction "none" the shape of predictions
 * @param options the forward's options
 * @returns float32: dpredictions and dtargets, each of the shape of predictions
 * @throws OptionError if an option is invalid; ShapeError if the shapes of predictions and targets differ;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const predictions = backend.tensor([1, 2, 7, 0]);
 * const targets = backend.tensor([1, 1, 2, 1]);
 * const { dpredictions, dtargets } = meanSquaredErrorBackward(predictions, targets, backend.full([], 1));
 * await dpredictions.read(); // [0, 0.5, 2.5, -0.5]
 * await dtargets.read(); // [0, -0.5, -2.5, 0.5]
 * ```
 */
export function meanSquaredErrorBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: PointwiseLossOptions = {},
): LossGradients {
  return pointwiseLossBackward(definition, predictions, targets, dy, options);
}
