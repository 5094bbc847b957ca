import { changeMagnitude } from "./adagradUpdate.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/optimizerSteps/rmspropUpdate. `hyper` is [learningRate, gradientScale]. */
export const rmspropUpdate: ReferenceKernel<"rmspropUpdate"> = (settings, { w, dw, v, velocity, m, hyper }, next) => {
  const { rho, momentum, epsilon, weightDecay, decoupled } = settings;
  const [learningRate, gradientScale] = [hyper[0]!, hyper[1]!];
  for (let i = 0; i < w.length; i++) {
    const decay = weightDecay * w[i]!;
    const gradient = gradientScale * dw[i]! + (decoupled ? 0 : decay);
    const square = rho * v[i]! + (1 - rho) * gradient ** 2;
    const mean = m ? rho * m[i]! + (1 - rho) * gradient : 0;
    next.v[i] = square;
    if (next.m) next.m[i] = mean;
    let change = (learningRate * gradient) / Math.sqrt((m ? Math.max(square - mean ** 2, 0) : square) + epsilon);
    if (velocity && next.velocity) {
      change += momentum * velocity[i]!;
      next.velocity[i] = change;
    }
    next.w[i] = w[i]! - change - (decoupled ? learningRate * decay : 0);
  }
};

/**
 * Takes the place of Σ|terms|, with K = 4, which allows 24 units of 2⁻²⁴. See `changeMagnitude` for the step.
 *
 * v and m sum at most three terms, and each term is rounded at most six times. In these units the error of v is at most
 * 11 of Σ|terms of v|. If centered, the error of m² is at most 14 of (Σ|terms of m|)², and 2 more come from the
 * difference.
 */
export const rmspropUpdateMagnitude: ReferenceKernel<"rmspropUpdate"> = (settings, inputs, magnitudes) => {
  const { w, dw, v, velocity, m, hyper } = inputs;
  const { rho, momentum, epsilon, weightDecay, decoupled } = settings;
  const [learningRate, gradientScale] = [Math.abs(hyper[0]!), hyper[1]!];
  for (let i = 0; i < w.length; i++) {
    const decay = weightDecay * Math.abs(w[i]!);
    const gradient = gradientScale * dw[i]! + (decoupled ? 0 : weightDecay * w[i]!);
    const gradientSize = Math.abs(gradientScale * dw[i]!) + (decoupled ? 0 : decay);
    const square = rho * v[i]! + (1 - rho) * gradient ** 2;
    const squareSize = rho * Math.abs(v[i]!) + (1 - rho) * gradientSize ** 2;
    const mean = m ? rho * m[i]! + (1 - rho) * gradient : 0;
    const meanSize = m ? rho * Math.abs(m[i]!) + (1 - rho) * gradientSize : 0;
    magnitudes.v[i] = unlessOverflow(gradientSize, squareSize);
    if (magnitudes.m) magnitudes.m[i] = unlessOverflow(gradientSize, meanSize);
    const radicand = m ? Math.max(square - mean ** 2, 0) : square;
    const units = 13 * squareSize + 16 * meanSize ** 2;
    const change =
      learningRate * changeMagnitude({ gradient, gradientSize, radicand, units, epsilon }) +
      (velocity ? momentum * Math.abs(velocity[i]!) : 0);
    if (magnitudes.velocity) magnitudes.velocity[i] = change;
    magnitudes.w[i] = unlessOverflow(decay, Math.abs(w[i]!) + change + (decoupled ? learningRate * decay : 0));
  }
};
