import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/optimizerSteps/adagradUpdate. `hyper` is [learningRate, gradientScale]. */
export const adagradUpdate: ReferenceKernel<"adagradUpdate"> = (settings, { w, dw, accumulator, hyper }, next) => {
  const { epsilon, weightDecay, decoupled } = settings;
  const [learningRate, gradientScale] = [hyper[0]!, hyper[1]!];
  for (let i = 0; i < w.length; i++) {
    const decay = weightDecay * w[i]!;
    const gradient = gradientScale * dw[i]! + (decoupled ? 0 : decay);
    const sum = accumulator[i]! + gradient ** 2;
    next.accumulator[i] = sum;
    next.w[i] = w[i]! - learningRate * (gradient / Math.sqrt(sum + epsilon) + (decoupled ? decay : 0));
  }
};

/**
 * Takes the place of Σ|terms|, with K = 4, which allows 24 units of 2⁻²⁴. For the accumulator it is Σ|terms|, each
 * rounded at most eight times. See `changeMagnitude` for w.
 */
export const adagradUpdateMagnitude: ReferenceKernel<"adagradUpdate"> = (settings, inputs, magnitudes) => {
  const { w, dw, accumulator, hyper } = inputs;
  const { epsilon, weightDecay, decoupled } = settings;
  const [learningRate, gradientScale] = [Math.abs(hyper[0]!), hyper[1]!];
  for (let i = 0; i < w.length; i++) {
    const decay = weightDecay * Math.abs(w[i]!);
    const gradient = gradientScale * dw[i]! + (decoupled ? 0 : weightDecay * w[i]!);
    const gradientSize = Math.abs(gradientScale * dw[i]!) + (decoupled ? 0 : decay);
    const radicand = accumulator[i]! + gradient ** 2;
    const sumSize = Math.abs(accumulator[i]!) + gradientSize ** 2;
    magnitudes.accumulator[i] = sumSize;
    const change = changeMagnitude({ gradient, gradientSize, radicand, units: 11 * sumSize, epsilon });
    const step = change + (decoupled ? decay : 0);
    magnitudes.w[i] = unlessOverflow([decay, step], Math.abs(w[i]!) + learningRate * step);
  }
};

const UNIT = 2 ** -24;

/**
 * The magnitude of g / √(radicand + epsilon), for K = 4. G is Σ|terms| of g.
 *
 * The error of the radicand is at most `units` times 2⁻²⁴, plus the numbers that an adapter flushes to zero. It is
 * never below 0. So the radicand lies between `least` and `most`, and the error of the quotient is the larger of the
 * two differences. All other roundings are eleven units: three of g, four of `inverseSqrt`, four of products and sums.
 * There is no bound if `least` is 0, or if g, the radicand or the quotient overflows.
 */
export function changeMagnitude({
  gradient,
  gradientSize,
  radicand,
  units,
  epsilon,
}: {
  readonly gradient: number;
  readonly gradientSize: number;
  readonly radicand: number;
  readonly units: number;
  readonly epsilon: number;
}): number {
  if (!Number.isFinite(Math.fround(units))) return Number.POSITIVE_INFINITY;
  const sum = radicand + epsilon;
  const error = units * UNIT + 2 ** -124;
  const least = Math.max(radicand - error, 0) + epsilon - sum * UNIT;
  if (least <= 0) return Number.POSITIVE_INFINITY;
  const [root, largest, smallest] = [sum, least, sum + error + sum * UNIT].map((of) => 1 / Math.sqrt(of));
  const doubt = (Math.abs(gradient) * Math.max(largest! - root!, root! - smallest!)) / (24 * UNIT);
  return unlessOverflow([gradientSize, gradientSize * root!], (gradientSize + 2 ** -100) * largest! + doubt);
}
