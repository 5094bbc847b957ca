import { FLUSHED } from "./batchNormalization.js";
import {
  type BackwardInputs,
  type ChannelGradients,
  channelGradients,
  channelMagnitudes,
  factorsOf,
} from "./batchNormalizationBackward.js";
import type { ReferenceKernel } from "./referenceKernel.js";

interface Outputs {
  readonly dx: Float32Array;
  readonly dscale: Float32Array;
  readonly dbias: Float32Array;
}

/**
 * The reference of shaders/norm/batchNormalizationTrainingBackward: dx = factor · (dy − (dbias + x̂ · dscale) / rows).
 */
export const batchNormalizationTrainingBackward: ReferenceKernel<"batchNormalizationTrainingBackward"> = (
  { epsilon },
  inputs,
  outputs,
) => {
  setAll(epsilon, inputs, channelGradients(epsilon, inputs), outputs, (dy, common) => dy - common, 0);
};

/** Σ|terms| of each element, for a K of rows + 4. */
export const batchNormalizationTrainingBackwardMagnitude: ReferenceKernel<"batchNormalizationTrainingBackward"> = (
  { epsilon },
  inputs,
  outputs,
) => {
  const sumOfBoth = (dy: number, common: number) => Math.abs(dy) + common + FLUSHED;
  setAll(epsilon, inputs, channelMagnitudes(epsilon, inputs), outputs, sumOfBoth, FLUSHED);
  outputs.dx.set(outputs.dx.map(Math.abs));
};

function setAll(
  epsilon: number,
  { x, mean, variance, dy, scale }: BackwardInputs,
  { dscale, dbias }: ChannelGradients<Float64Array>,
  outputs: Outputs,
  combine: (dy: number, common: number) => number,
  flushed: number,
): void {
  const channels = mean.length;
  const rows = x.length / channels;
  const roots = factorsOf(epsilon, variance);
  const factors = factorsOf(epsilon, variance, scale);
  outputs.dscale.set(dscale);
  outputs.dbias.set(dbias);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const difference = x[i]! - mean[c]!;
    // `flushed` is given if Σ|terms| is wanted.
    const normalized = (flushed > 0 ? Math.abs(difference) + flushed : difference) * roots[c]!;
    outputs.dx[i] = factors[c]! * combine(dy[i]!, (dbias[c]! + normalized * dscale[c]!) / rows);
  }
}
