import type { SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { softmaxOfRow } from "./softmax.js";
import { isClass } from "./softmaxCrossEntropy.js";

/**
 * The reference of shaders/loss/softmaxCrossEntropyBackward: dlogits = (softmax · Σp − p) · dy, over N for the mean.
 */
export const softmaxCrossEntropyBackward: ReferenceKernel<"softmaxCrossEntropyBackward"> = (
  g,
  { logits, labels, dy },
  { dlogits },
) => {
  for (let n = 0; n < g.n; n++) {
    const { probabilities } = softmaxOfRow(logits.subarray(n * g.c, (n + 1) * g.c));
    const labelsOfRow = labelsOf(g, labels, n);
    const total = labelsOfRow.reduce((sum, label) => sum + label, 0);
    const slope = slopeOf(g, dy, n);
    for (let c = 0; c < g.c; c++) dlogits[n * g.c + c] = (probabilities[c]! * total - labelsOfRow[c]!) * slope;
  }
};

/** Takes the place of Σ|terms| in the error bound, with K = C + 1; see `SoftmaxRow.magnitudeOf`. */
export const softmaxCrossEntropyBackwardMagnitude: ReferenceKernel<"softmaxCrossEntropyBackward"> = (
  g,
  { logits, labels, dy },
  { dlogits },
) => {
  for (let n = 0; n < g.n; n++) {
    const row = softmaxOfRow(logits.subarray(n * g.c, (n + 1) * g.c));
    const labelsOfRow = labelsOf(g, labels, n).map(Math.abs);
    const total = labelsOfRow.reduce((sum, label) => sum + label, 0);
    const slope = Math.abs(slopeOf(g, dy, n));
    for (let c = 0; c < g.c; c++) dlogits[n * g.c + c] = (row.magnitudeOf(c) * total + labelsOfRow[c]!) * slope;
  }
};

/** The probabilities that the labels stand for. NaN if a class number is invalid. */
function labelsOf(g: SoftmaxCrossEntropyAttributes, labels: Float32Array, n: number): Float64Array {
  if (g.probabilities) return Float64Array.from(labels.subarray(n * g.c, (n + 1) * g.c));
  const label = labels[n]!;
  const none = isClass(label, g.c) ? 0 : Number.NaN;
  return Float64Array.from({ length: g.c }, (_, c) => (c === label ? 1 : none));
}

function slopeOf(g: SoftmaxCrossEntropyAttributes, dy: Float32Array, n: number): number {
  if (g.reduction === "none") return dy[n]!;
  return g.reduction === "mean" ? dy[0]! / g.n : dy[0]!;
}
