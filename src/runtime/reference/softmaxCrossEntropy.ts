import type { SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { type SoftmaxRow, softmaxOfRow } from "./softmax.js";

/** The reference of shaders/loss/softmaxCrossEntropy: Σ target · −ln softmax of each row, or their sum or mean. */
export const softmaxCrossEntropy: ReferenceKernel<"softmaxCrossEntropy"> = (g, inputs, { loss }) => {
  reduce(g, inputs, loss, (n) => {
    const x = inputs.logits.subarray(n * g.c, (n + 1) * g.c);
    const { logOfSum, largest } = softmaxOfRow(x);
    return sumOfTargets(g, inputs, n, logOfSum, (target, c) => target * (logOfSum - (x[c]! - largest)));
  });
};

/**
 * Takes the place of Σ|terms| in the error bound: Σ|target| · `SoftmaxRow.magnitudeOfLog`. It is infinite if that of a row
 * overflows float32 before it is divided: nothing is promised then.
 */
export const softmaxCrossEntropyMagnitude: ReferenceKernel<"softmaxCrossEntropy"> = (g, inputs, { loss }) => {
  const absolute = { ...inputs, labels: absoluteLabels(g, inputs.labels) };
  const divisorSize = divisorOf(g, { ...inputs, classWeights: inputs.classWeights?.map(Math.abs) });
  reduce(g, absolute, loss, (n) => {
    const row: SoftmaxRow = softmaxOfRow(inputs.logits.subarray(n * g.c, (n + 1) * g.c));
    const magnitudeOf = (target: number, c: number) => Math.abs(target) * row.magnitudeOfLog(c);
    const size = sumOfTargets(g, absolute, n, row.logOfSum, magnitudeOf);
    return unlessOverflow([size, divisorSize], size);
  });
};

/** A target of 0 adds nothing, even if its logit is −∞. A row that is NaN stays NaN. */
function sumOfTargets(
  g: SoftmaxCrossEntropyAttributes,
  inputs: Labels,
  n: number,
  logOfSum: number,
  termOf: (target: number, c: number) => number,
): number {
  let sum = Number.isNaN(logOfSum) ? logOfSum : 0;
  for (const [c, target] of targetsOf(g, inputs, n).entries()) if (target !== 0) sum += termOf(target, c);
  return sum;
}

interface Labels {
  readonly labels: Float32Array;
  readonly classWeights?: Float32Array | undefined;
}

/**
 * The targets of a row: probabilities, smoothed and weighted. NaN if a class number is invalid. A probability of 0 stays
 * 0 for every weight, even NaN.
 */
export function targetsOf(
  { c, probabilities, labelSmoothing }: SoftmaxCrossEntropyAttributes,
  { labels, classWeights }: Labels,
  n: number,
): Float64Array {
  const label = labels[n]!;
  const isKnown = probabilities || isClass(label, c);
  return Float64Array.from({ length: c }, (_, i) => {
    const probability = probabilities ? labels[n * c + i]! : Number(i === label);
    const smoothed = probability * (1 - labelSmoothing) + labelSmoothing / c;
    if (!isKnown) return Number.NaN;
    return smoothed === 0 ? 0 : smoothed * (classWeights?.[i] ?? 1);
  });
}

/** The absolute values of probabilities. Class numbers are returned as they are. */
export function absoluteLabels({ probabilities }: SoftmaxCrossEntropyAttributes, labels: Float32Array): Float32Array {
  return probabilities ? labels.map(Math.abs) : labels;
}

/** The divisor of the sum of the rows. */
export function divisorOf(
  { n, c, probabilities, reduction }: SoftmaxCrossEntropyAttributes,
  { labels, classWeights }: Labels,
): number {
  if (reduction !== "mean") return 1;
  if (probabilities || !classWeights) return n;
  return labels.reduce((sum, label) => sum + (isClass(label, c) ? classWeights[label]! : Number.NaN), 0);
}

/** Whether a label is the number of one of `classes`. */
function isClass(label: number, classes: number): boolean {
  return Number.isInteger(label) && label >= 0 && label < classes;
}

function reduce(
  g: SoftmaxCrossEntropyAttributes,
  inputs: Labels,
  loss: Float32Array,
  lossOf: (n: number) => number,
): void {
  let sum = 0;
  for (let n = 0; n < g.n; n++) {
    if (g.reduction === "none") loss[n] = lossOf(n);
    else sum += lossOf(n);
  }
  if (g.reduction !== "none") loss[0] = sum / divisorOf(g, inputs);
}
