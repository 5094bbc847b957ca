import type { SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { softmaxOfRow } from "./softmax.js";
import { absoluteLabels, divisorOf, targetsOf } from "./softmaxCrossEntropy.js";
import { underflow } from "./unaryFormulas.js";

/**
 * The reference of shaders/loss/softmaxCrossEntropyBackward: dlogits = (softmax · Σ target − target) · dy, divided by
 * the divisor of the mean.
 */
export const softmaxCrossEntropyBackward: ReferenceKernel<"softmaxCrossEntropyBackward"> = (
  g,
  { logits, dy, ...inputs },
  { dlogits },
) => {
  const divisor = divisorOf(g, inputs);
  for (let n = 0; n < g.n; n++) {
    const { probabilities } = softmaxOfRow(logits.subarray(n * g.c, (n + 1) * g.c));
    const targets = targetsOf(g, inputs, n);
    const total = targets.reduce((sum, target) => sum + target, 0);
    const slope = dyOf(g, dy, n) / divisor;
    for (let c = 0; c < g.c; c++) dlogits[n * g.c + c] = (probabilities[c]! * total - targets[c]!) * slope;
  }
};

/**
 * Takes the place of Σ|terms| in the error bound; see `SoftmaxRow.magnitudeOf`. The difference, its products and the
 * slope may underflow or overflow.
 */
export const softmaxCrossEntropyBackwardMagnitude: ReferenceKernel<"softmaxCrossEntropyBackward"> = (
  g,
  { logits, dy, ...inputs },
  { dlogits },
) => {
  const divisor = divisorOf(g, inputs);
  const divisorSize = divisorOf(g, { ...inputs, classWeights: inputs.classWeights?.map(Math.abs) });
  const absolute = { ...inputs, labels: absoluteLabels(g, inputs.labels) };
  for (let n = 0; n < g.n; n++) {
    const row = softmaxOfRow(logits.subarray(n * g.c, (n + 1) * g.c));
    const targets = targetsOf(g, absolute, n).map(Math.abs);
    const total = targets.reduce((sum, target) => sum + target, 0);
    const slope = Math.abs(dyOf(g, dy, n) / divisor);
    for (let c = 0; c < g.c; c++) {
      const difference = row.magnitudeOf(c) * total + targets[c]!;
      const lost = underflow(slope * (1 + total)) + underflow(difference);
      // Σ|terms| of the difference, without its roundings.
      const size = row.probabilities[c]! * total + targets[c]!;
      dlogits[n * g.c + c] = unlessOverflow([divisorSize, total, size, slope], difference * slope + lost);
    }
  }
};

function dyOf(g: SoftmaxCrossEntropyAttributes, dy: Float32Array, n: number): number {
  return g.reduction === "none" ? dy[n]! : dy[0]!;
}
