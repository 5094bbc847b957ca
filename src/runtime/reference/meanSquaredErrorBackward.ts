import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/loss/meanSquaredErrorBackward: dpredictions = 2 (predictions − targets) · dy / size,
 * dtargets = −dpredictions.
 */
export const meanSquaredErrorBackward: ReferenceKernel<"meanSquaredErrorBackward"> = (
  _,
  { predictions, targets, dy },
  { dpredictions, dtargets },
) => {
  const slope = (2 * dy[0]!) / predictions.length;
  for (let i = 0; i < predictions.length; i++) {
    dpredictions[i] = (predictions[i]! - targets[i]!) * slope;
    dtargets[i] = -dpredictions[i]!;
  }
};
