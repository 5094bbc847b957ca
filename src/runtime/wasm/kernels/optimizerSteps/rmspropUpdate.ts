import type { RmspropSettings } from "../../../../core/attributes.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, spansOf, writeElements } from "../kit/elements.js";

interface RmspropState {
  readonly w: Span;
  readonly v: Span;
  readonly velocity?: Span | undefined;
  readonly m?: Span | undefined;
}

/**
 * A step of RMSprop. `hyper` is [learningRate, gradientScale].
 *
 *     g        = gradientScale · dw, plus weightDecay · w unless decoupled
 *     v        = rho · v + (1 − rho) · g²
 *     m        = rho · m + (1 − rho) · g
 *     square   = v, with m max(v − m², 0)
 *     velocity = momentum · velocity + learningRate · g / √(square + epsilon)
 *     w        = w − velocity, minus learningRate · weightDecay · w if decoupled
 *
 * Without velocity, it counts as 0.
 */
export function rmspropUpdate(
  work: Work,
  settings: RmspropSettings,
  { w, dw, v, velocity, m, hyper }: RmspropState & { readonly dw: Span; readonly hyper: Span },
  next: RmspropState,
): void {
  const [hasVelocity, hasMean] = [velocity !== undefined, m !== undefined];
  const program = work.program(`rmspropUpdate ${hasVelocity} ${hasMean} ${keyOf(settings)}`, (module) => {
    const { decoupled } = settings;
    const [rho, rest, momentum] = [F32x4.of(settings.rho), F32x4.of(1 - settings.rho), F32x4.of(settings.momentum)];
    const [epsilon, weightDecay] = [F32x4.of(settings.epsilon), F32x4.of(settings.weightDecay)];
    const names = {
      inputs: ["w", "dw", "v"],
      optional: [...(hasVelocity ? ["velocity"] : []), ...(hasMean ? ["m"] : [])],
      outputs: ["wNext", "vNext", ...(hasVelocity ? ["velocityNext"] : []), ...(hasMean ? ["mNext"] : [])],
      others: ["hyper"],
    } as const;
    writeElements(module, names, (f, { hyper }) => {
      const [learningRate, gradientScale] = [f.f32x4(F32x4.splat(hyper)), f.f32x4(F32x4.splat(hyper, 4))];
      return ({ w, dw, v, velocity, m }) => {
        const decay = f.f32x4(weightDecay.mul(w));
        const scaled = gradientScale.mul(dw);
        const gradient = f.f32x4(decoupled ? scaled : scaled.add(decay));
        // In this order, a large g does not overflow before it is scaled down.
        const vNext = f.f32x4(rho.mul(v).add(rest.mul(gradient).mul(gradient)));
        const mNext = m && f.f32x4(rho.mul(m).add(rest.mul(gradient)));
        const square = mNext ? vNext.sub(mNext.mul(mNext)).pseudoMax(F32x4.of(0)) : vNext;
        const change = learningRate.mul(gradient.div(square.add(epsilon).sqrt()));
        const velocityNext = f.f32x4(velocity ? momentum.mul(velocity).add(change) : change);
        const moved = w.sub(velocityNext);
        const wNext = decoupled ? moved.sub(learningRate.mul(decay)) : moved;
        return { wNext, vNext, velocityNext, ...(mNext && { mNext }) };
      };
    });
  });
  const spans = spansOf(w, dw, v, velocity, m, next.w, next.v, next.velocity, next.m);
  runElements(work, program, spans, w.elements, [hyper.address]);
}
