import { FLUSHED } from "./batchNormalization.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { underflow } from "./unaryFormulas.js";

/** The inputs of the gradients, with the channels innermost. Without a scale, the scale is 1. */
interface BackwardInputs {
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
  const { dy, mean } = inputs;
  const factors = factorsOf(epsilon, inputs);
  for (let i = 0; i < dy.length; i++) outputs.dx[i] = dy[i]! * factors[i % mean.length]!;
  setAll(outputs, channelGradients(epsilon, inputs));
};

/**
 * Takes the place of Σ|terms| in the error bound, with K = rows and sums in pairs. WGSL allows `inverseSqrt` 2 units in
 * the last place. So besides the rounding of its sum, dx has an error of 7 units of 2⁻²⁴, dmean and dscale of 8, and
 * dvariance of 20. There is no bound for a product if a factor overflows. Factors may also
 * underflow.
 */
export const batchNormalizationBackwardMagnitude: ReferenceKernel<"batchNormalizationBackward"> = (
  { epsilon },
  inputs,
  outputs,
) => {
  const { dy, mean } = inputs;
  const factors = factorsOf(epsilon, inputs);
  for (let i = 0; i < dy.length; i++) {
    const factor = factors[i % mean.length]!;
    outputs.dx[i] = unlessOverflow(factor, Math.abs(dy[i]! * factor) + underflow(dy[i]!));
  }
  const rows = dy.length / mean.length;
  const roots = rootsOf(epsilon, inputs.variance);
  const largest = largestNormalized(inputs, roots);
  const { dscale, dbias, dmean, dvariance } = channelSums(inputs, roots, Math.abs, FLUSHED);
  setAll(outputs, {
    dscale: dscale.map((sum, c) => unlessOverflow(largest[c]!, 2 * sum + underflow(dbias[c]!))),
    dbias,
    dmean: dmean.map((sum, c) => unlessOverflow([factors[c]!, dbias[c]!], 2 * sum + underflow(dbias[c]!))),
    dvariance: dvariance.map((sum, c) => {
      const product = dscale[c]! * roots[c]!;
      const lost = underflow(factors[c]! * (1 + roots[c]! * (rows + dbias[c]!))) + underflow(product);
      return unlessOverflow([factors[c]!, largest[c]!, dscale[c]!, product], 3 * sum + lost);
    }),
  });
};

/** In float64. */
export function channelGradients(epsilon: number, inputs: BackwardInputs): ChannelGradients<Float64Array> {
  return channelSums(inputs, rootsOf(epsilon, inputs.variance), (value) => value, 0);
}

/** The largest |x − mean| · root of each channel. */
export function largestNormalized({ x, mean }: Pick<BackwardInputs, "x" | "mean">, roots: Float64Array): Float64Array {
  const largest = new Float64Array(mean.length);
  for (let i = 0; i < x.length; i++) {
    const c = i % mean.length;
    largest[c] = Math.max(largest[c]!, Math.abs(x[i]! - mean[c]!) * roots[c]!);
  }
  return largest;
}

/**
 * The gradients, or Σ|terms| of each if `of` is Math.abs.
 *
 * @param roots 1 / √(variance + epsilon) of each channel
 * @param flushed what a difference may lose
 */
export function channelSums(
  { x, mean, dy, scale }: Omit<BackwardInputs, "variance">,
  roots: Float64Array,
  of: (value: number) => number,
  flushed: number,
): ChannelGradients<Float64Array> {
  const channels = mean.length;
  const dbias = new Float64Array(channels);
  const dscale = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    dbias[c]! += of(dy[i]!);
    dscale[c]! += of(dy[i]!) * (of(x[i]! - mean[c]!) + flushed) * roots[c]!;
  }
  const factors = roots.map((root, c) => (scale ? scale[c]! : 1) * root);
  const dmean = dbias.map((sum, c) => of(-factors[c]! * (sum + flushed)));
  const dvariance = dscale.map((sum, c) => of(-0.5 * factors[c]! * roots[c]! * (sum + flushed)));
  return { dscale, dbias, dmean, dvariance };
}

/** 1 / √(variance + epsilon). */
export function rootsOf(epsilon: number, variance: Float32Array): Float64Array {
  return Float64Array.from(variance, (value) => 1 / Math.sqrt(value + epsilon));
}

/** scale / √(variance + epsilon). */
function factorsOf(epsilon: number, { variance, scale }: BackwardInputs): Float64Array {
  return rootsOf(epsilon, variance).map((root, c) => (scale ? scale[c]! : 1) * root);
}

function setAll(to: ChannelGradients<Float32Array>, from: ChannelGradients<Float64Array>): void {
  to.dscale.set(from.dscale);
  to.dbias.set(from.dbias);
  to.dmean.set(from.dmean);
  to.dvariance.set(from.dvariance);
}
