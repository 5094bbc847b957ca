import { FLUSHED } from "./batchNormalization.js";
import { channelSums, largestNormalized, rootsOf } from "./batchNormalizationBackward.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { underflow } from "./unaryFormulas.js";

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
 * which has x̂ twice and `factor`, of 32. There is no bound for a product if a factor overflows. Factors may also
 * underflow.
 */
export const batchNormalizationTrainingBackwardMagnitude: Kernel = (attributes, inputs, outputs) => {
  const { x, mean, dy, scale } = inputs;
  const channels = mean.length;
  const rows = x.length / channels;
  const roots = rootsOfSpread(attributes, inputs);
  const { dscale, dbias } = channelSums(inputs, roots, Math.abs, FLUSHED);
  const largest = largestNormalized(inputs, roots);
  outputs.dscale.set(dscale.map((sum, c) => unlessOverflow(largest[c]!, 2 * sum + underflow(dbias[c]!))));
  outputs.dbias.set(dbias);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const root = roots[c]!;
    const common = (dbias[c]! + (Math.abs(x[i]! - mean[c]!) + FLUSHED) * root * dscale[c]!) / rows;
    const gain = Math.abs(scale ? scale[c]! : 1) * root;
    const difference = Math.abs(dy[i]!) + common;
    const parts = [largest[c]!, dbias[c]!, dscale[c]!, gain, difference];
    // The share of dscale may underflow before it is multiplied by x̂, and x̂ before it is multiplied by the share.
    const lost = FLUSHED * (1 + largest[c]! + dscale[c]! / rows);
    outputs.dx[i] = unlessOverflow(parts, 4 * gain * (difference + lost) + underflow(difference));
  }
};

/** 1 / √(variance + epsilon). */
function rootsOfSpread(
  { epsilon, hasDeviation }: Parameters<Kernel>[0],
  { spread }: Parameters<Kernel>[1],
): Float64Array {
  return hasDeviation ? Float64Array.from(spread, (deviation) => 1 / deviation) : rootsOf(epsilon, spread);
}
