import type { SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { softmaxOfRow } from "./softmax.js";

/** The reference of shaders/loss/softmaxCrossEntropy: Σ p · −ln softmax of each row, or their sum or mean. */
export const softmaxCrossEntropy: ReferenceKernel<"softmaxCrossEntropy"> = (g, { logits, labels }, { loss }) => {
  reduce(g, loss, (n) => {
    const x = logits.subarray(n * g.c, (n + 1) * g.c);
    const { logOfSum, largest } = softmaxOfRow(x);
    if (!g.probabilities) return isClass(labels[n]!, g.c) ? logOfSum - (x[labels[n]!]! - largest) : Number.NaN;
    // A class of probability 0 adds nothing, also if its logit is −∞. A row that is NaN stays NaN.
    let sum = Number.isNaN(logOfSum) ? logOfSum : 0;
    for (let c = 0; c < g.c; c++) {
      const label = labels[n * g.c + c]!;
      if (label !== 0) sum += label * (logOfSum - (x[c]! - largest));
    }
    return sum;
  });
};

/**
 * Takes the place of Σ|terms| in the error bound: Σ|p| · `SoftmaxRow.magnitudeOfLog`. K is C, or C + N if rows are
 * added.
 */
export const softmaxCrossEntropyMagnitude: ReferenceKernel<"softmaxCrossEntropy"> = (
  g,
  { logits, labels },
  { loss },
) => {
  reduce(g, loss, (n) => {
    const x = logits.subarray(n * g.c, (n + 1) * g.c);
    const row = softmaxOfRow(x);
    if (!g.probabilities) return isClass(labels[n]!, g.c) ? row.magnitudeOfLog(labels[n]!) : Number.NaN;
    let sum = 0;
    for (let c = 0; c < g.c; c++) {
      const label = Math.abs(labels[n * g.c + c]!);
      if (label !== 0) sum += label * row.magnitudeOfLog(c);
    }
    return sum;
  });
};

/** Whether a label is the number of one of `classes`. */
export function isClass(label: number, classes: number): boolean {
  return Number.isInteger(label) && label >= 0 && label < classes;
}

function reduce(g: SoftmaxCrossEntropyAttributes, loss: Float32Array, lossOf: (n: number) => number): void {
  let sum = 0;
  for (let n = 0; n < g.n; n++) {
    if (g.reduction === "none") loss[n] = lossOf(n);
    else sum += lossOf(n);
  }
  if (g.reduction !== "none") loss[0] = g.reduction === "mean" ? sum / g.n : sum;
}
