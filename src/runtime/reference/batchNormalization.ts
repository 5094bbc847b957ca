import type { NormalizationAttributes } from "../../core/attributes.js";
import { unlessOverflow } from "./overflow.js";
import { underflow } from "./unaryFormulas.js";

/** The channels are innermost. A missing scale is 1, a missing bias 0. */
interface Inputs {
  readonly x: Float32Array;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly scale?: Float32Array | undefined;
  readonly bias?: Float32Array | undefined;
}

interface Outputs {
  readonly y: Float32Array;
}

/** The reference of shaders/norm/batchNormalization: y = (x − mean) · scale / √(variance + epsilon) + bias. */
export function batchNormalization(
  { epsilon }: NormalizationAttributes,
  { x, mean, variance, scale, bias }: Inputs,
  { y }: Outputs,
): void {
  const channels = mean.length;
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const factor = (scale ? scale[c]! : 1) / Math.sqrt(variance[c]! + epsilon);
    y[i] = (x[i]! - mean[c]!) * factor + (bias ? bias[c]! : 0);
  }
}

/**
 * An adapter that flushes subnormals may lose 2⁻¹²⁶ of a difference, before the difference is scaled. As a magnitude,
 * which is multiplied by 2⁻²⁴, it is this.
 */
export const FLUSHED = 2 ** -102;

/**
 * Takes the place of Σ|terms| in the error bound, with K = 2. WGSL allows `inverseSqrt` 2 units in the last place. There
 * is no bound if the normalized value overflows before it is multiplied by the scale. It may also underflow.
 */
export function batchNormalizationMagnitude(
  { epsilon }: NormalizationAttributes,
  { x, mean, variance, scale, bias }: Inputs,
  { y }: Outputs,
): void {
  const channels = mean.length;
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const root = 1 / Math.sqrt(variance[c]! + epsilon);
    const distance = Math.abs(x[i]! - mean[c]!);
    const factor = Math.abs(scale ? scale[c]! : 1) * root;
    const size = (distance + FLUSHED) * factor + underflow(scale ? scale[c]! : 1) + Math.abs(bias ? bias[c]! : 0);
    y[i] = unlessOverflow(distance * root, size);
  }
}
