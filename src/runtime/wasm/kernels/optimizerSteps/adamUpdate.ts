import type { AdamSettings } from "../../../../core/attributes.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, spansOf, writeElements } from "../kit/elements.js";

interface AdamState {
  readonly w: Span;
  readonly m: Span;
  readonly v: Span;
}

/**
 * A step of Adam, or of AdamW if the weight decay is decoupled. `hyper` is [learningRate, gradientScale, 1 − beta1ᵗ, 1 −
 * beta2ᵗ].
 *
 *     g = gradientScale · dw, plus weightDecay · w unless decoupled
 *     m = beta1 · m + (1 − beta1) · g
 *     v = beta2 · v + (1 − beta2) · g²
 *     w = w − learningRate · ((m / hyper[2]) / (√(v / hyper[3]) + epsilon), plus weightDecay · w if decoupled)
 */
export function adamUpdate(
  work: Work,
  settings: AdamSettings,
  { w, dw, m, v, hyper }: AdamState & { readonly dw: Span; readonly hyper: Span },
  next: AdamState,
): void {
  const program = work.program(`adamUpdate ${keyOf(settings)}`, (module) => {
    const { decoupled } = settings;
    const [beta1, beta2] = [F32x4.of(settings.beta1), F32x4.of(settings.beta2)];
    const [rest1, rest2] = [F32x4.of(1 - settings.beta1), F32x4.of(1 - settings.beta2)];
    const [epsilon, weightDecay] = [F32x4.of(settings.epsilon), F32x4.of(settings.weightDecay)];
    const names = {
      inputs: ["w", "dw", "m", "v"],
      outputs: ["wNext", "mNext", "vNext"],
      others: ["hyper"],
    } as const;
    writeElements(module, names, (f, { hyper }) => {
      const [learningRate, gradientScale] = [f.f32x4(F32x4.splat(hyper)), f.f32x4(F32x4.splat(hyper, 4))];
      // A division takes as long as many products.
      const inverseOf = (offset: number) => f.f32x4(F32x4.of(1).div(F32x4.splat(hyper, offset)));
      const [mCorrection, vCorrection] = [inverseOf(8), inverseOf(12)];
      return ({ w, dw, m, v }) => {
        const decay = f.f32x4(weightDecay.mul(w));
        const scaled = gradientScale.mul(dw);
        const gradient = f.f32x4(decoupled ? scaled : scaled.add(decay));
        const mNext = f.f32x4(beta1.mul(m).add(rest1.mul(gradient)));
        // In this order, a large g does not overflow before it is scaled down.
        const vNext = f.f32x4(beta2.mul(v).add(rest2.mul(gradient).mul(gradient)));
        const step = mNext.mul(mCorrection).div(vNext.mul(vCorrection).sqrt().add(epsilon));
        return { wNext: w.sub(learningRate.mul(decoupled ? step.add(decay) : step)), mNext, vNext };
      };
    });
  });
  runElements(work, program, spansOf(w, dw, m, v, next.w, next.m, next.v), w.elements, [hyper.address]);
}
