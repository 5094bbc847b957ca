import type { LossReduction, SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import { ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";

/** The options of {@link softmaxCrossEntropy} and {@link softmaxCrossEntropyBackward}. */
export interface SoftmaxCrossEntropyOptions {
  /** The loss is the "mean" (default) of the rows' losses, or their "sum". "none": one loss for each row. */
  readonly reduction?: LossReduction | undefined;
  /**
   * The share of each probability that is spread evenly over all classes, from 0 to 1: p becomes (1 − labelSmoothing) ·
   * p + labelSmoothing / C. 0 if left out.
   */
  readonly labelSmoothing?: number | undefined;
  /**
   * float32 [C]: the weight of each class. 1 for each if left out. With class numbers, the "mean" divides by the sum of
   * the weights of the rows' classes. With probabilities it divides by N.
   */
  readonly classWeights?: Tensor | undefined;
}

/** @throws OptionError, ShapeError */
export function readSoftmaxCrossEntropy(
  operator: string,
  logits: Tensor,
  labels: Tensor,
  options: SoftmaxCrossEntropyOptions,
): SoftmaxCrossEntropyAttributes {
  const reader = new OptionReader(operator, options, ["reduction", "labelSmoothing", "classWeights"]);
  const reduction = reader.word("reduction", ["mean", "sum", "none"], "mean");
  const labelSmoothing = reader.finiteNumber("labelSmoothing", 0);
  if (labelSmoothing < 0 || labelSmoothing > 1) {
    reader.refuse("labelSmoothing", labelSmoothing, "a number from 0 to 1");
  }
  const [n, c, ...rest] = logits.shape;
  if (n === undefined || c === undefined || rest.length > 0) {
    throw new ShapeError(
      `${operator}: logits has rank ${logits.shape.length}, expected 2 ([N, C]), got [${logits.shape.join(", ")}]; use reshape to join or add axes`,
    );
  }
  const [labelsN, labelsC, ...labelsRest] = labels.shape;
  if (labelsN !== n || (labelsC !== undefined && labelsC !== c) || labelsRest.length > 0) {
    throw new ShapeError(
      `${operator}: labels is [${labels.shape.join(", ")}], expected class numbers [${n}] or probabilities [${n}, ${c}] (logits [${n}, ${c}])`,
    );
  }
  const { classWeights } = options;
  if (classWeights && (classWeights.shape.length !== 1 || classWeights.size !== c)) {
    throw new ShapeError(
      `${operator}: classWeights is [${classWeights.shape.join(", ")}], expected one weight for each class [${c}] (logits [${n}, ${c}])`,
    );
  }
  return { n, c, probabilities: labelsC !== undefined, reduction, labelSmoothing };
}
