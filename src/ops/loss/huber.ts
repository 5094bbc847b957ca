import shader from "../../../shaders/loss/huber.wgsl";
import type { Tensor } from "../../core/tensor.js";
import {
  type LossGradients,
  type PointwiseLoss,
  type PointwiseLossOptions,
  pointwiseLoss,
  pointwiseLossBackward,
  readPositive,
} from "./pointwise.js";

/** The options of {@link huber} and {@link huberBackward}. */
export interface HuberOptions extends PointwiseLossOptions {
  /** The error above which the loss grows linearly. Positive; 1 if left out. */
  readonly delta?: number | undefined;
}

export const definition: PointwiseLoss = {
  name: "huber",
  shader,
  argument: "predictions",
  options: { names: ["delta"], read: (reader) => ({ delta: readPositive(reader, "delta", 1) }) },
};

/**
 * The Huber loss (Huber, Annals of Statistics 1964) of the absolute error e of the predictions: e² / 2 where e ≤ delta,
 * else delta · (e − delta / 2). The result is the mean over all elements, their sum, or each loss. The same as Keras's `Huber` and
 * PyTorch's `HuberLoss`. PyTorch's `SmoothL1Loss` with `beta` is this loss with `delta` = `beta`, divided by `beta`.
 *
 * @param predictions float32 of any shape
 * @param targets float32 of the same shape
 * @param options `reduction` and `delta`, see {@link HuberOptions}
 * @returns float32: a scalar []; with reduction "none" the shape of predictions
 * @throws OptionError if an option is invalid; ShapeError if the shapes of predictions and targets differ;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const predictions = backend.tensor([1, 2, 7]);
 * const targets = backend.tensor([1, 1, 2]);
 * await huber(predictions, targets, { reduction: "none" }).read(); // [0, 0.5, 4.5]
 * await huber(predictions, targets, { reduction: "none", delta: 2 }).read(); // [0, 0.5, 8]
 * ```
 */
export function huber(predictions: Tensor, targets: Tensor, options: HuberOptions = {}): Tensor {
  return pointwiseLoss(definition, predictions, targets, options);
}

/**
 * The gradients of {@link huber}: dpredictions is dy · (predictions − targets), with the difference limited to the
 * range from −delta to delta, and dtargets is its negative. With reduction "mean", both are divided by the number of
 * elements.
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
 * const predictions = backend.tensor([1, 2, 7]);
 * const targets = backend.tensor([1, 1, 2]);
 * const dy = backend.full([], 1);
 * const gradients = huberBackward(predictions, targets, dy, { reduction: "sum", delta: 2 });
 * await gradients.dpredictions.read(); // [0, 1, 2]
 * await gradients.dtargets.read(); // [0, -1, -2]
 * ```
 */
export function huberBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: HuberOptions = {},
): LossGradients {
  return pointwiseLossBackward(definition, predictions, targets, dy, options);
}
