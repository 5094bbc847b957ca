/** What a channel of batch normalization multiplies and adds; scale 1 and bias 0 where they are left out. */
export interface ChannelOptions {
  readonly epsilon: number;
  readonly scale?: Float32Array | undefined;
  readonly bias?: Float32Array | undefined;
}

/** The twin of shaders/norm/batchNormalization: y = (x − mean) · scale / √(variance + epsilon) + bias, the channels innermost. */
export function batchNormalization(
  { epsilon, scale, bias }: ChannelOptions,
  x: Float32Array,
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
  y: Float32Array,
): void {
  const channels = mean.length;
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const factor = (scale ? scale[c]! : 1) / Math.sqrt(variance[c]! + epsilon);
    y[i] = (x[i]! - mean[c]!) * factor + (bias ? bias[c]! : 0);
  }
}

/** An adapter that flushes subnormals may lose 2⁻¹²⁶ of a difference, before it is scaled: this much of what 2⁻²⁴ is taken of. */
export const FLUSHED = 2 ** -102;

/** What takes the place of Σ|terms| in its bound, for a K of 2: WGSL grants the inverse of a root 2 units in the last place. */
export function batchNormalizationMagnitude(
  { epsilon, scale, bias }: ChannelOptions,
  x: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  y: Float32Array,
): void {
  const channels = mean.length;
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const factor = Math.abs(scale ? scale[c]! : 1) / Math.sqrt(variance[c]! + epsilon);
    y[i] = (Math.abs(x[i]! - mean[c]!) + FLUSHED) * factor + Math.abs(bias ? bias[c]! : 0);
  }
}
