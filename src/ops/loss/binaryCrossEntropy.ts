import shader from "../../../shaders/loss/binaryCrossEntropy.wgsl";
import type { Tensor } from "../../core/tensor.js";
import {
  type PointwiseLoss,
  type PointwiseLossOptions,
  pointwiseLoss,
  pointwiseLossBackward,
  readPositive,
} from "./pointwise.js";

export interface BinaryCrossEntropyOptions extends PointwiseLossOptions {
  /** How often a positive example counts (PyTorch's `pos_weight`, one number for all). Positive; 1 if left out. */
  readonly posWeight?: number | undefined;
}

export const definition: PointwiseLoss = {
  name: "binaryCrossEntropy",
  shader,
  argument: "logits",
  options: { names: ["posWeight"], read: (reader) => ({ posWeight: readPositive(reader, "posWeight", 1) }) },
};

/**
 * The cross-entropy of targets against the logistic function of logits: −posWeight · t · ln σ(x) − (1 − t) · ln(1 −
 * σ(x)). Its mean over all elements, their sum, or each of them. The same as PyTorch's `BCEWithLogitsLoss` and Keras's
 * `BinaryCrossentropy` with `from_logits`. Nothing overflows, and small losses keep their digits. A target of exactly 0
 * or 1 makes the other term 0, even if the logit is infinite.
 *
 * Each term is within 13 + 2 |x| units in the last place, as far as it comes from exp(−|x|), else within 4.
 *
 * @param logits float32 of any shape
 * @param targets float32 of the same shape: probabilities, from 0 to 1
 * @returns a scalar []; with "none" of the shape of logits
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor {
  return pointwiseLoss(definition, logits, targets, options);
}

/**
 * The gradients of `binaryCrossEntropy`, over the number of elements for the mean. Of the logits: ((1 − t) · σ(x) −
 * posWeight · t · σ(−x)) · dy, which is (σ(x) − t) · dy for a `posWeight` of 1. Of the targets: (posWeight · ln(1 +
 * exp(−x)) − ln(1 + exp(x))) · dy.
 *
 * @param logits the forward's `logits`
 * @param targets the forward's `targets`
 * @param dy float32, the gradient of the forward's output, with the shape of that output: a scalar []; with "none" the
 * shape of logits
 * @param options the forward's options
 * @returns dlogits and dtargets, of the shape of logits
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function binaryCrossEntropyBackward(
  logits: Tensor,
  targets: Tensor,
  dy: Tensor,
  options: BinaryCrossEntropyOptions = {},
): { readonly dlogits: Tensor; readonly dtargets: Tensor } {
  const { dpredictions, dtargets } = pointwiseLossBackward(definition, logits, targets, dy, options);
  return { dlogits: dpredictions, dtargets };
}
