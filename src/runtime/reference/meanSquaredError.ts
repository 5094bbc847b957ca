import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/loss/meanSquaredError: the mean of (predictions − targets)². */
export const meanSquaredError: ReferenceKernel<"meanSquaredError"> = (_, { predictions, targets }, { loss }) => {
  let sum = 0;
  for (let i = 0; i < predictions.length; i++) sum += (predictions[i]! - targets[i]!) ** 2;
  loss[0] = sum / predictions.length;
};
