import { FLUSHED } from "./batchNormalization.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The inputs of the gradients, with the channels innermost. Without a scale, the scale is 1. */
export interface BackwardInputs {
  readonly x: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly dy: Float32Array;
  readonly scale?: Float32Array | undefined;
}

/** The gradients with respect to the values of a channel. */
export interface ChannelGradients<Values> {
  readonly dscale: Values;
  readonly dbias: Values;
  readonly dmean: Values;
  readonly dvariance: Values;
}

/**
 * The reference of shaders/norm/batchNormalizationBackward: dx = dy · scale / √(variance + epsilon), and the channels'
 * gradients.
 */
export const batchNormalizationBackward: ReferenceKernel<"batchNormalizationBackward"> = (
  { epsilon },
  inputs,
  outputs,
) => {
  const { dy, mean, variance, scale } = inputs;
  const factors = factorsOf(epsilon, variance, scale);
  for (let i = 0; i < dy.length; i++) outputs.dx[i] = dy[i]! * factors[i % mean.length]!;
  setAll(outputs, channelGradients(epsilon, inputs));
};

/** Takes the place of Σ|terms| in the error bound, with K = rows + 4. For dx, which is no sum, K = 2. */
export const batchNormalizationBackwardMagnitude: ReferenceKernel<"batchNormalizationBackward"> = (
  { epsilon },
  inputs,
  outputs,
) => {
  const { dy, mean, variance, scale } = inputs;
  const factors = factorsOf(epsilon, variance, scale);
  const terms = dy.length / mean.length + 4;
  for (let i = 0; i < dy.length; i++) outputs.dx[i] = (Math.abs(dy[i]! * factors[i % mean.length]!) * 2) / terms;
  setAll(outputs, channelMagnitudes(epsilon, inputs));
};

/** In float64. */
export function channelGradients(epsilon: number, inputs: BackwardInputs): ChannelGradients<Float64Array> {
  return channelSums(epsilon, inputs, (value) => value, 0);
}

/** Σ|terms| of each. */
export function channelMagnitudes(epsilon: number, inputs: BackwardInputs): ChannelGradients<Float64Array> {
  return channelSums(epsilon, inputs, Math.abs, FLUSHED);
}

function channelSums(
  epsilon: number,
  { x, mean, variance, dy, scale }: BackwardInputs,
  of: (value: number) => number,
  flushed: number,
): ChannelGradients<Float64Array> {
  const channels = mean.length;
  const roots = factorsOf(epsilon, variance);
  const factors = factorsOf(epsilon, variance, scale);
  const dbias = new Float64Array(channels);
  const dscale = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    dbias[c]! += of(dy[i]!);
    dscale[c]! += of(dy[i]!) * (of(x[i]! - mean[c]!) + flushed) * roots[c]!;
  }
  const dmean = dbias.map((sum, c) => of(-factors[c]! * (sum + flushed)));
  const dvariance = dscale.map((sum, c) => of(-0.5 * factors[c]! * roots[c]! * (sum + flushed)));
  return { dscale, dbias, dmean, dvariance };
}

/** scale / √(variance + epsilon). */
export function factorsOf(epsilon: number, variance: Float32Array, scale?: Float32Array | undefined): Float64Array {
  return Float64Array.from(variance, (value, c) => (scale ? scale[c]! : 1) / Math.sqrt(value + epsilon));
}

function setAll(to: ChannelGradients<Float32Array>, from: ChannelGradients<Float64Array>): void {
  to.dscale.set(from.dscale);
  to.dbias.set(from.dbias);
  to.dmean.set(from.dmean);
  to.dvariance.set(from.dvariance);
}
