import type { ReferenceKernel } from "./referenceKernel.js";

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

/** Σ|terms|: the kernel with signs that make all terms add up. */
export const sgdUpdateMagnitude: ReferenceKernel<"sgdUpdate"> = (settings, inputs, outputs) => {
  const [learningRate, gradientScale] = [inputs.hyper[0]!, inputs.hyper[1]!];
  sgdUpdate(
    settings,
    {
      w: inputs.w.map(Math.abs),
      dw: inputs.dw.map(Math.abs),
      velocity: inputs.velocity?.map(Math.abs),
      hyper: Float32Array.of(-Math.abs(learningRate), Math.abs(gradientScale)),
    },
    outputs,
  );
};
