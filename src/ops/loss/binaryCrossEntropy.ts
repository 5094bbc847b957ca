import shader from "../../../shaders/loss/binaryCrossEntropy.wgsl";
import type { Tensor } from "../../core/tensor.js";
import {
  type PointwiseLoss,
  type PointwiseLossOptions,
  pointwiseLoss,
  pointwiseLossBackward,
  readPositive,
} from "./pointwise.js";

/** The options of {@link binaryCrossEntropy} and {@link binaryCrossEntropyBackward}. */
export interface BinaryCrossEntropyOptions extends PointwiseLossOptions {
  /** The weight of positive examples (PyTorch's `pos_weight`, with one number for all). Positive; 1 if left out. */
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
 * σ(x)). The result is the mean over all elements, their sum, or each loss. The same as PyTorch's `BCEWithLogitsLoss`
 * and Keras's `BinaryCrossentropy` with `from_logits`. Nothing overflows, and small losses stay accurate. If a
 * target is exactly 0 or 1, the term with the factor 0 is 0, even if the logit is infinite.
 *
 * @param logits float32 of any shape
 * @param targets float32 probabilities from 0 to 1, of the same shape
 * @param options `reduction` and `posWeight`, see {@link BinaryCrossEntropyOptions}
 * @returns float32: a scalar []; with reduction "none" the shape of logits
 * @throws OptionError if an option is invalid; ShapeError if the shapes of logits and targets differ; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The error of each term is at most 4 units in the last place, or 13 + 2 |x| units for the part that comes from
 * exp(−|x|).
 *
 * @example
 * ```ts
 * const logits = backend.tensor([0, 2, -2]);
 * const targets = backend.tensor([1, 1, 1]);
 * await binaryCrossEntropy(logits, targets).read(); // ≈ [0.982]
 * await binaryCrossEntropy(logits, targets, { reduction: "none" }).read(); // ≈ [0.693, 0.127, 2.13]
 * ```
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor {
  return pointwiseLoss(definition, logits, targets, options);
}

/**
 * The gradients of {@link binaryCrossEntropy}: dlogits = ((1 − t) · σ(x) − posWeight · t · σ(−x)) · dy, which is (σ(x)
 * − t) · dy if `posWeight` is 1, and dtargets = (posWeight · ln(1 + exp(−x)) − ln(1 + exp(x))) · dy. With reduction
 * "mean", both are divided by the number of elements.
 *
 * @param logits float32, the forward's `logits`
 * @param targets float32, the forward's `targets`
 * @param dy float32, the gradient of the forward's output: a scalar []; with reduction "none" the shape of logits
 * @param options the forward's options
 * @returns float32: dlogits and dtargets, each of the shape of logits
 * @throws OptionError if an option is invalid; ShapeError if the shapes of logits and targets differ; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const logits = backend.tensor([0, 2, -2]);
 * const targets = backend.tensor([1, 1, 0]);
 * const dy = backend.full([], 1);
 * const { dlogits } = binaryCrossEntropyBackward(logits, targets, dy, { reduction: "sum" });
 * await dlogits.read(); // ≈ [-0.5, -0.119, 0.119]
 * ```
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
