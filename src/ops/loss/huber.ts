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

export interface HuberOptions extends PointwiseLossOptions {
  /** The error from which on the loss grows linearly. Positive; 1 if left out. */
  readonly delta?: number | undefined;
}

export const definition: PointwiseLoss = {
  name: "huber",
  shader,
  argument: "predictions",
  options: { names: ["delta"], read: (reader) => ({ delta: readPositive(reader, "delta", 1) }) },
};

/**
 * The Huber loss (Huber, Annals of Statistics 1964) of e = |predictions − targets|: e² / 2 where e ≤ delta, else delta ·
 * (e − delta / 2). Its mean over all elements, their sum, or each of them. The same as Keras's `Huber` and PyTorch's
 * `HuberLoss`. PyTorch's `SmoothL1Loss` with `beta` is this loss with `delta` = `beta`, divided by `beta`.
 *
 * @param predictions float32 of any shape
 * @param targets float32 of the same shape
 * @returns a scalar []; with "none" of the shape of predictions
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function huber(predictions: Tensor, targets: Tensor, options: HuberOptions = {}): Tensor {
  return pointwiseLoss(definition, predictions, targets, options);
}

/**
 * The gradients of `huber`: predictions − targets, held between −delta and delta, times dy, over the number of elements
 * for the mean; and its negative.
 *
 * @param predictions the forward's `predictions`
 * @param targets the forward's `targets`
 * @param dy float32, the gradient of the forward's output, with the shape of that output: a scalar []; with "none" the
 * shape of predictions
 * @param options the forward's options
 * @returns dpredictions and dtargets, of the shape of predictions
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function huberBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: HuberOptions = {},
): LossGradients {
  return pointwiseLossBackward(definition, predictions, targets, dy, options);
}
