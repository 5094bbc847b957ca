import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/optimizerSteps/clipScale: 1 if the sum is at most clipNorm², else clipNorm / √sum. NaN if the sum
 * is NaN or infinite.
 */
export const clipScale: ReferenceKernel<"clipScale"> = ({ clipNorm }, { sumOfSquares }, { y }) => {
  for (let i = 0; i < y.length; i++) {
    const sum = sumOfSquares[i]!;
    if (Number.isFinite(sum)) y[i] = sum <= clipNorm ** 2 ? 1 : clipNorm / Math.sqrt(sum);
    else y[i] = Number.NaN;
  }
};
