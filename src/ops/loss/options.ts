import type { LossReduction, SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import { ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";

export interface SoftmaxCrossEntropyOptions {
  /** The loss is the "mean" (default) of the rows' losses, or their "sum". "none": one loss for each row. */
  readonly reduction?: LossReduction | undefined;
}

/** @throws OptionError, ShapeError */
export function readSoftmaxCrossEntropy(
  operator: string,
  logits: Tensor,
  labels: Tensor,
  options: SoftmaxCrossEntropyOptions,
): SoftmaxCrossEntropyAttributes {
  const reader = new OptionReader(operator, options, ["reduction"]);
  const reduction = reader.word("reduction", ["mean", "sum", "none"], "mean");
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
  return { n, c, probabilities: labelsC !== undefined, reduction };
}
