import type { SgdSettings } from "../../../../core/attributes.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, spansOf, writeElements } from "../kit/elements.js";

interface SgdState {
  readonly w: Span;
  readonly velocity?: Span | undefined;
}

/**
 * A step of stochastic gradient descent. `hyper` is [learningRate, gradientScale].
 *
 *     g        = gradientScale · dw + weightDecay · w
 *     velocity = momentum · velocity + g
 *     w        = w − learningRate · velocity
 *
 * With nesterov, g + momentum · velocity takes the place of velocity in the last line; without velocity, g.
 */
export function sgdUpdate(
  work: Work,
  settings: SgdSettings,
  { w, dw, velocity, hyper }: SgdState & { readonly dw: Span; readonly hyper: Span },
  next: SgdState,
): void {
  const hasVelocity = velocity !== undefined;
  const program = work.program(`sgdUpdate ${hasVelocity} ${keyOf(settings)}`, (module) => {
    const [momentum, weightDecay] = [F32x4.of(settings.momentum), F32x4.of(settings.weightDecay)];
    const names = {
      inputs: ["w", "dw"],
      optional: hasVelocity ? ["velocity"] : [],
      outputs: hasVelocity ? ["wNext", "velocityNext"] : ["wNext"],
      others: ["hyper"],
    } as const;
    writeElements(module, names, (f, { hyper }) => {
      const [learningRate, gradientScale] = [f.f32x4(F32x4.splat(hyper)), f.f32x4(F32x4.splat(hyper, 4))];
      return ({ w, dw, velocity }) => {
        const gradient = f.f32x4(gradientScale.mul(dw).add(weightDecay.mul(w)));
        const velocityNext = velocity ? f.f32x4(momentum.mul(velocity).add(gradient)) : gradient;
        const step = velocity && settings.nesterov ? gradient.add(momentum.mul(velocityNext)) : velocityNext;
        return { wNext: w.sub(learningRate.mul(step)), velocityNext };
      };
    });
  });
  runElements(work, program, spansOf(w, dw, velocity, next.w, next.velocity), w.elements, [hyper.address]);
}
