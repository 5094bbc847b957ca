import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/optimizerSteps/adamUpdate. `hyper` is [learningRate, gradientScale, 1 − beta1ᵗ, 1 − beta2ᵗ].
 */
export const adamUpdate: ReferenceKernel<"adamUpdate"> = (settings, { w, dw, m, v, hyper }, next) => {
  const { beta1, beta2, epsilon, weightDecay, decoupled } = settings;
  const [learningRate, gradientScale, mCorrection, vCorrection] = [hyper[0]!, hyper[1]!, hyper[2]!, hyper[3]!];
  for (let i = 0; i < w.length; i++) {
    const decay = weightDecay * w[i]!;
    const gradient = gradientScale * dw[i]! + (decoupled ? 0 : decay);
    const mean = beta1 * m[i]! + (1 - beta1) * gradient;
    const square = beta2 * v[i]! + (1 - beta2) * gradient * gradient;
    const step = mean / mCorrection / (Math.sqrt(square / vCorrection) + epsilon);
    next.m[i] = mean;
    next.v[i] = square;
    next.w[i] = w[i]! - learningRate * (step + (decoupled ? decay : 0));
  }
};

/**
 * If the error of the denominator may be more units than this, no first-order estimate holds, and there is no bound.
 */
const MOST_DOUBT = 2 ** 18;

/**
 * Takes the place of Σ|terms|, with K = 4, which allows 24 units of 2⁻²⁴.
 *
 * m and v sum at most three terms, and each term is rounded at most six times. For them it is Σ|terms|, with G =
 * |gradientScale · dw| + |weightDecay · w| in the place of |g|. The error of w's quotient follows from the errors of
 * its parts, in units of 2⁻²⁴:
 *
 * - numerator: 6 of M = Σ|terms of m|, and 5 for its division
 * - root: half of 11 of Σ|terms of v|, half of 5 for v's division, and 9 of its own. WGSL allows the root 4.5 units in
 *   the last place: 2 for inverseSqrt and 2.5 for a division
 * - sum, quotient and learning rate: 7
 *
 * Together these are 30 units of M, which is 1.25 · 24, and 11 / 24 · ρ / 2 more, with ρ = Σ|terms of v| / v. ρ is 1
 * unless the gradient and a coupled weight decay cancel. The code takes ρ / 2, twice as much: if the relative error of
 * a radicand is at most a half, the relative error of its root is at most as large. If v or m underflow, the 2⁻¹²⁶ that
 * each may lose counts in the same way. There is no bound where a part of the step overflows.
 */
export const adamUpdateMagnitude: ReferenceKernel<"adamUpdate"> = (settings, { w, dw, m, v, hyper }, magnitudes) => {
  const { beta1, beta2, epsilon, weightDecay, decoupled } = settings;
  const [learningRate, gradientScale, mCorrection, vCorrection] = [hyper[0]!, hyper[1]!, hyper[2]!, hyper[3]!];
  for (let i = 0; i < w.length; i++) {
    const decay = weightDecay * Math.abs(w[i]!);
    const gradient = gradientScale * dw[i]! + (decoupled ? 0 : weightDecay * w[i]!);
    const gradientSize = Math.abs(gradientScale * dw[i]!) + (decoupled ? 0 : decay);
    const meanSize = beta1 * Math.abs(m[i]!) + (1 - beta1) * gradientSize;
    const squareSize = beta2 * v[i]! + (1 - beta2) * gradientSize ** 2;
    const square = beta2 * v[i]! + (1 - beta2) * gradient ** 2;
    const root = Math.sqrt(square / vCorrection);
    const denominator = root + epsilon;
    const cancellation = squareSize === square ? 1 : squareSize / square;
    const underflow = 2 ** -40 / (Math.sqrt(vCorrection) * denominator);
    const doubt = (cancellation * root) / denominator / 2 + underflow;
    const quotient = (meanSize * (1.25 + doubt) + 2 ** -100) / (mCorrection * denominator);
    const step = meanSize / mCorrection / denominator + (decoupled ? decay : 0);
    const parts = [gradientSize, decay, meanSize / mCorrection, squareSize, squareSize / vCorrection, step];
    magnitudes.m[i] = unlessOverflow(gradientSize, meanSize);
    magnitudes.v[i] = unlessOverflow(gradientSize, squareSize);
    magnitudes.w[i] =
      doubt < MOST_DOUBT
        ? unlessOverflow(parts, Math.abs(w[i]!) + Math.abs(learningRate) * (quotient + (decoupled ? decay : 0)))
        : Number.POSITIVE_INFINITY;
  }
};
