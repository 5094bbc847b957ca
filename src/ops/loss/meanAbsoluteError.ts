import shader from "../../../shaders/loss/meanAbsoluteError.wgsl";
import type { Tensor } from "../../core/tensor.js";
import {
  type LossGradients,
  type PointwiseLoss,
  type PointwiseLossOptions,
  pointwiseLoss,
  pointwiseLossBackward,
} from "./pointwise.js";

export const definition: PointwiseLoss = { name: "meanAbsoluteError", shader, argument: "predictions" };

/**
 * The absolute error of predictions − targets: its mean over all elements, its sum, or each error (PyTorch's `L1Loss`).
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
 * const predictions = backend.tensor([1, 2, 7]);
 * const targets = backend.tensor([1, 1, 2]);
 * await meanAbsoluteError(predictions, targets).read(); // [2]
 * await meanAbsoluteError(predictions, targets, { reduction: "none" }).read(); // [0, 1, 5]
 * ```
 */
export function meanAbsoluteError(predictions: Tensor, targets: Tensor, options: PointwiseLossOptions = {}): Tensor {
  return pointwiseLoss(definition, predictions, targets, options);
}

/**
 * The gradients of {@link meanAbsoluteError}: dpredictions is dy where the prediction is larger than the target, −dy
 * where it is smaller, 0 where both are equal (as in PyTorch's `L1Loss`), and dtargets is its negative. With reduction
 * "mean", both are divided by the number of elements.
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
 * const { dpredictions, dtargets } = meanAbsoluteErrorBackward(predictions, targets, backend.full([], 1));
 * await dpredictions.read(); // [0, 0.25, 0.25, -0.25]
 * await dtargets.read(); // [0, -0.25, -0.25, 0.25]
 * ```
 */
export function meanAbsoluteErrorBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: PointwiseLossOptions = {},
): LossGradients {
  return pointwiseLossBackward(definition, predictions, targets, dy, options);
}
