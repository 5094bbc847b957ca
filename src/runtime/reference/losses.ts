import type { PointwiseLossAttributes } from "../../core/attributes.js";
import type { Kernels } from "../../core/kernels.js";
import { LOSS_FORMULAS, type LossFormula } from "./lossFormulas.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { type Numbers, underflow } from "./unaryFormulas.js";

// The reference of the losses that import shaders/lib/pointwise: the formulas, in loops over elements.

type Map = (p: number, t: number, numbers: Numbers) => number;

export const pointwiseLoss: ReferenceKernel<"pointwiseLoss"> = (attributes, { predictions, targets }, { loss }) => {
  const { name, numbers, reduction } = attributes;
  const { value } = formulaOf(name);
  let sum = 0;
  for (let i = 0; i < predictions.length; i++) {
    const one = value(predictions[i]!, targets[i]!, numbers);
    if (reduction === "none") loss[i] = one;
    else sum += one;
  }
  if (reduction !== "none") loss[0] = sum * scaleOf(attributes, predictions);
};

const pointwiseLossMagnitude: ReferenceKernel<"pointwiseLoss"> = (attributes, { predictions, targets }, { loss }) => {
  const { name, numbers, reduction } = attributes;
  const formula = formulaOf(name);
  const map = formula.magnitude ?? absolute(formula.value);
  let sum = 0;
  for (let i = 0; i < predictions.length; i++) {
    const [p, t] = [predictions[i]!, targets[i]!];
    const one = unlessOverflow(formula.value(p, t, numbers), map(p, t, numbers));
    if (reduction === "none") loss[i] = one;
    else sum += one;
  }
  // The terms are added before their mean is taken.
  if (reduction !== "none") loss[0] = unlessOverflow(sum, sum * scaleOf(attributes, predictions));
};

export const pointwiseLossBackward: ReferenceKernel<"pointwiseLossBackward"> = (
  attributes,
  { predictions, targets, dy },
  { dpredictions, dtargets },
) => {
  const { name, numbers } = attributes;
  const { slopeOfPrediction, slopeOfTarget } = formulaOf(name);
  for (let i = 0; i < predictions.length; i++) {
    const slope = slopeAt(attributes, predictions, dy, i);
    dpredictions[i] = slopeOfPrediction(predictions[i]!, targets[i]!, numbers) * slope;
    dtargets[i] = slopeOfTarget(predictions[i]!, targets[i]!, numbers) * slope;
  }
};

const pointwiseLossBackwardMagnitude: ReferenceKernel<"pointwiseLossBackward"> = (
  attributes,
  { predictions, targets, dy },
  { dpredictions, dtargets },
) => {
  const { name, numbers } = attributes;
  const formula = formulaOf(name);
  const { slopeOfPrediction, slopeOfTarget } = formula;
  const ofPrediction = formula.slopeOfPredictionMagnitude ?? absolute(slopeOfPrediction);
  const ofTarget = formula.slopeOfTargetMagnitude ?? absolute(slopeOfTarget);
  // Either factor may overflow or underflow.
  const ofProduct = (factor: number, magnitude: number, slope: number) =>
    unlessOverflow(factor, magnitude * Math.abs(slope) + underflow(2 * slope) + underflow(factor));
  for (let i = 0; i < predictions.length; i++) {
    const [p, t] = [predictions[i]!, targets[i]!];
    const slope = slopeAt(attributes, predictions, dy, i);
    dpredictions[i] = ofProduct(slopeOfPrediction(p, t, numbers), ofPrediction(p, t, numbers), slope);
    dtargets[i] = ofProduct(slopeOfTarget(p, t, numbers), ofTarget(p, t, numbers), slope);
  }
};

/** Takes the place of the kernels' Σ|terms|. */
export const lossMagnitudes = {
  pointwiseLoss: pointwiseLossMagnitude,
  pointwiseLossBackward: pointwiseLossBackwardMagnitude,
} satisfies Partial<Kernels<Float32Array>>;

function formulaOf(name: string): LossFormula {
  const formula = LOSS_FORMULAS[name];
  if (formula === undefined) throw new Error(`the reference has no loss of the name ${name}`);
  return formula;
}

const absolute =
  (map: Map): Map =>
  (p, t, numbers) =>
    Math.abs(map(p, t, numbers));

function scaleOf({ reduction }: PointwiseLossAttributes, predictions: Float32Array): number {
  return reduction === "mean" ? 1 / predictions.length : 1;
}

function slopeAt(attributes: PointwiseLossAttributes, predictions: Float32Array, dy: Float32Array, i: number): number {
  return attributes.reduction === "none" ? dy[i]! : dy[0]! * scaleOf(attributes, predictions);
}
