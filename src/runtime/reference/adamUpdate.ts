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

/** Above so many units by which the denominator may be off, no first-order estimate holds, and nothing is promised. */
const MOST_DOUBT = 2 ** 18;

/**
 * What takes the place of Σ|terms|, with K = 4, which allows 24 units of 2⁻²⁴.
 *
 * m and v sum at most three terms, each rounded six times at most: for them it is Σ|terms|, with G = |gradientScale ·
 * dw| + |weightDecay · w| in the place of |g|. What w loses for its quotient follows from what its parts lose. The
 * numerator is off by 6 units of M = Σ|terms of m|, and by 5 for its division; the root by half of v's 11 units of
 * Σ|terms of v| and of 5 for its division, and by 9 of its own (WGSL grants 4.5 units in the last place: 2 for
 * inverseSqrt and 2.5 for a division); sum, quotient and learning rate take another 7. That is 30 units of M, so 1.25 ·
 * 24, and 11 / 24 · ρ / 2 more, ρ = Σ|terms of v| / v, which is 1 but where the gradient and a coupled weight decay
 * cancel; here twice that, since the root of what is off by up to a half is off by up to its whole share. Where v or m
 * underflow, the 2⁻¹²⁶ that each may lose goes the same way.
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
    magnitudes.m[i] = meanSize;
    magnitudes.v[i] = squareSize;
    magnitudes.w[i] =
      doubt < MOST_DOUBT
        ? Math.abs(w[i]!) + Math.abs(learningRate) * (quotient + (decoupled ? decay : 0))
        : Number.POSITIVE_INFINITY;
  }
};
