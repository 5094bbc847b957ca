import { type ChannelOptions, FLUSHED } from "./batchNormalization.js";

/** The gradients with respect to what a channel has. */
export interface ChannelGradients<Values> {
  readonly dscale: Values;
  readonly dbias: Values;
  readonly dmean: Values;
  readonly dvariance: Values;
}

interface Outputs extends ChannelGradients<Float32Array> {
  readonly dx: Float32Array;
}

/** What a gradient of batch normalization is computed from, the channels innermost. */
export interface BackwardInputs {
  readonly x: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly dy: Float32Array;
}

/** The twin of shaders/batchNormalizationBackward. */
export function batchNormalizationBackward(options: ChannelOptions, inputs: BackwardInputs, outputs: Outputs): void {
  const { dy, mean } = inputs;
  const factors = factorsOf(options, inputs.variance);
  for (let i = 0; i < dy.length; i++) outputs.dx[i] = dy[i]! * factors[i % mean.length]!;
  setAll(outputs, channelGradients(options, inputs));
}

/** What takes the place of Σ|terms| in its bound, for a K of rows + 4: 2 in place of it for dx, which sums nothing. */
export function batchNormalizationBackwardMagnitude(
  options: ChannelOptions,
  inputs: BackwardInputs,
  outputs: Outputs,
): void {
  const { dy, mean } = inputs;
  const factors = factorsOf(options, inputs.variance);
  const terms = dy.length / mean.length + 4;
  for (let i = 0; i < dy.length; i++) outputs.dx[i] = (Math.abs(dy[i]! * factors[i % mean.length]!) * 2) / terms;
  setAll(outputs, channelMagnitudes(options, inputs));
}

/** In float64. */
export function channelGradients(options: ChannelOptions, inputs: BackwardInputs): ChannelGradients<Float64Array> {
  return channelSums(options, inputs, (value) => value, 0);
}

/** Σ|terms| of each. */
export function channelMagnitudes(options: ChannelOptions, inputs: BackwardInputs): ChannelGradients<Float64Array> {
  return channelSums(options, inputs, Math.abs, FLUSHED);
}

function channelSums(
  options: ChannelOptions,
  { x, mean, variance, dy }: BackwardInputs,
  of: (value: number) => number,
  flushed: number,
): ChannelGradients<Float64Array> {
  const channels = mean.length;
  const roots = factorsOf({ epsilon: options.epsilon }, variance);
  const factors = factorsOf(options, variance);
  const dbias = new Float64Array(channels);
  const dscale = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    dbias[c]! += of(dy[i]!);
    dscale[c]! += of(dy[i]!) * (of(x[i]! - mean[c]!) + flushed) * roots[c]!;
  }
  const dmean = dbias.map((sum, c) => of(-factors[c]! * sum));
  const dvariance = dscale.map((sum, c) => of(-0.5 * factors[c]! * roots[c]! * sum));
  return { dscale, dbias, dmean, dvariance };
}

/** scale / √(variance + epsilon). */
export function factorsOf({ epsilon, scale }: ChannelOptions, variance: Float32Array): Float64Array {
  return Float64Array.from(variance, (value, c) => (scale ? scale[c]! : 1) / Math.sqrt(value + epsilon));
}

function setAll(to: ChannelGradients<Float32Array>, from: ChannelGradients<Float64Array>): void {
  to.dscale.set(from.dscale);
  to.dbias.set(from.dbias);
  to.dmean.set(from.dmean);
  to.dvariance.set(from.dvariance);
}
