import { FLUSHED } from "./batchNormalization.js";
import { channelSums, rootsOf } from "./batchNormalizationBackward.js";
import type { ReferenceKernel } from "./referenceKernel.js";

type Kernel = ReferenceKernel<"batchNormalizationTrainingBackward">;

/**
 * The reference of shaders/norm/batchNormalizationTrainingBackward: dx = factor · (dy − (dbias + x̂ · dscale) / rows).
 */
export const batchNormalizationTrainingBackward: Kernel = (attributes, inputs, outputs) => {
  const { x, mean, dy, scale } = inputs;
  const channels = mean.length;
  const rows = x.length / channels;
  const roots = rootsOfSpread(attributes, inputs);
  const { dscale, dbias } = channelSums(inputs, roots, (value) => value, 0);
  outputs.dscale.set(dscale);
  outputs.dbias.set(dbias);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const root = roots[c]!;
    const common = (dbias[c]! + (x[i]! - mean[c]!) * root * dscale[c]!) / rows;
    outputs.dx[i] = (scale ? scale[c]! : 1) * root * (dy[i]! - common);
  }
};

/**
 * Takes the place of Σ|terms| in the error bound, with K = rows and sums in pairs. WGSL allows `inverseSqrt` 2 units in
 * the last place. So besides the rounding of its sum, dscale has an error of 8 units of 2⁻²⁴, and the last term of dx,
 * which has x̂ twice and `factor`, of 32.
 */
export const batchNormalizationTrainingBackwardMagnitude: Kernel = (attributes, inputs, outputs) => {
  const { x, mean, dy, scale } = inputs;
  const channels = mean.length;
  const rows = x.length / channels;
  const roots = rootsOfSpread(attributes, inputs);
  const { dscale, dbias } = channelSums(inputs, roots, Math.abs, FLUSHED);
  outputs.dscale.set(dscale.map((sum) => 2 * sum));
  outputs.dbias.set(dbias);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const root = roots[c]!;
    const common = (dbias[c]! + (Math.abs(x[i]! - mean[c]!) + FLUSHED) * root * dscale[c]!) / rows;
    outputs.dx[i] = 4 * Math.abs(scale ? scale[c]! : 1) * root * (Math.abs(dy[i]!) + common + FLUSHED);
  }
};

/** 1 / √(variance + epsilon). */
function rootsOfSpread(
  { epsilon, hasDeviation }: Parameters<Kernel>[0],
  { spread }: Parameters<Kernel>[1],
): Float64Array {
  return hasDeviation ? Float64Array.from(spread, (deviation) => 1 / deviation) : rootsOf(epsilon, spread);
}
