/** Of one step. Kernels and their twins take them as float32 holds them. */
export interface SgdSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

interface SgdInputs {
  readonly w: Float32Array;
  readonly dw: Float32Array;
  readonly velocity?: Float32Array | undefined;
  /** [learningRate, gradientScale] */
  readonly hyper: Float32Array;
}

interface SgdOutputs {
  readonly w: Float32Array;
  readonly velocity?: Float32Array | undefined;
}

/** The twin of shaders/optimizerSteps/sgdUpdate. */
export function sgdUpdate(
  { momentum, nesterov, weightDecay }: SgdSettings,
  { w, dw, velocity, hyper }: SgdInputs,
  { w: wNext, velocity: velocityNext }: SgdOutputs,
): void {
  const [learningRate, gradientScale] = [hyper[0]!, hyper[1]!];
  for (let i = 0; i < w.length; i++) {
    const gradient = gradientScale * dw[i]! + weightDecay * w[i]!;
    let step = gradient;
    if (velocity && velocityNext) {
      const next = momentum * velocity[i]! + gradient;
      velocityNext[i] = next;
      step = nesterov ? gradient + momentum * next : next;
    }
    wNext[i] = w[i]! - learningRate * step;
  }
}

/** Σ|terms|: every term with the sign that lets it add up. */
export function sgdUpdateMagnitude(settings: SgdSettings, inputs: SgdInputs, magnitudes: SgdOutputs): void {
  const [learningRate, gradientScale] = [inputs.hyper[0]!, inputs.hyper[1]!];
  sgdUpdate(
    settings,
    {
      w: inputs.w.map(Math.abs),
      dw: inputs.dw.map(Math.abs),
      velocity: inputs.velocity?.map(Math.abs),
      hyper: Float32Array.of(-Math.abs(learningRate), Math.abs(gradientScale)),
    },
    magnitudes,
  );
}
