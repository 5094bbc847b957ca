import { reshape, type Tensor } from "../core/tensor.js";
import { meanSquaredError } from "../ops/loss/meanSquaredError.js";
import { softmaxCrossEntropy } from "../ops/loss/softmaxCrossEntropy.js";

/**
 * What training makes small: a scalar of the model's output and the labels. "softmaxCrossEntropy" takes the output for
 * logits, and labels that are class numbers or probabilities; "meanSquaredError" takes as many labels as the output has
 * values.
 */
export type Loss = "softmaxCrossEntropy" | "meanSquaredError" | ((output: Tensor, labels: Tensor) => Tensor);

export const LOSSES = {
  softmaxCrossEntropy: (output: Tensor, labels: Tensor) => softmaxCrossEntropy(output, labels),
  // One label for each example, [N], stands for [N, 1]; a dataset's labels are flat whatever the output's shape.
  meanSquaredError: (output: Tensor, labels: Tensor) =>
    meanSquaredError(output, labels.size === output.size ? reshape(labels, output.shape) : labels),
} as const;

export function lossOf(loss: Loss): (output: Tensor, labels: Tensor) => Tensor {
  return typeof loss === "function" ? loss : LOSSES[loss];
}

/**
 * How many rows of `output` [N, C] have their largest value where the labels, class numbers [N] or rows [N, C], say.
 */
export function countCorrect(output: ArrayLike<number>, labels: ArrayLike<number>, examples: number): number {
  const classes = output.length / examples;
  const labelled = labels.length / examples;
  let correct = 0;
  for (let n = 0; n < examples; n++) {
    const label = labelled === 1 ? labels[n] : largestOf(labels, n * labelled, labelled);
    if (largestOf(output, n * classes, classes) === label) correct++;
  }
  return correct;
}

/** Where the largest of `count` values from `start` on stands; the first, where several do. */
function largestOf(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) {
    if ((values[start + i] ?? 0) > (values[start + best] ?? 0)) best = i;
  }
  return best;
}
