import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { underflow } from "./unaryFormulas.js";

/** The reference of shaders/optimizerSteps/sgdUpdate. `hyper` is [learningRate, gradientScale]. */
export const sgdUpdate: ReferenceKernel<"sgdUpdate"> = (settings, { w, dw, velocity, hyper }, next) => {
  const { momentum, nesterov, weightDecay } = settings;
  const [learningRate, gradientScale] = [hyper[0]!, hyper[1]!];
  for (let i = 0; i < w.length; i++) {
    const gradient = gradientScale * dw[i]! + weightDecay * w[i]!;
    let step = gradient;
    if (velocity && next.velocity) {
      const change = momentum * velocity[i]! + gradient;
      next.velocity[i] = change;
      step = nesterov ? gradient + momentum * change : change;
    }
    next.w[i] = w[i]! - learningRate * step;
  }
};

/** Σ|terms|. It is infinite if a part of the step overflows. The gradient and the step may underflow. */
export const sgdUpdateMagnitude: ReferenceKernel<"sgdUpdate"> = (settings, { w, dw, velocity, hyper }, magnitudes) => {
  const { momentum, nesterov, weightDecay } = settings;
  const [learningRate, gradientScale] = [Math.abs(hyper[0]!), Math.abs(hyper[1]!)];
  for (let i = 0; i < w.length; i++) {
    const gradient = gradientScale * Math.abs(dw[i]!) + weightDecay * Math.abs(w[i]!);
    let step = gradient;
    if (velocity && magnitudes.velocity) {
      const change = momentum * Math.abs(velocity[i]!) + gradient;
      magnitudes.velocity[i] = change;
      step = nesterov ? gradient + momentum * change : change;
    }
    magnitudes.w[i] = unlessOverflow(
      [gradient, step],
      Math.abs(w[i]!) + learningRate * step + underflow(2 * learningRate),
    );
  }
};
