import type { AdagradSettings } from "../../../../core/attributes.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, spansOf, writeElements } from "../kit/elements.js";

interface AdagradState {
  readonly w: Span;
  readonly accumulator: Span;
}

/**
 * A step of Adagrad. `hyper` is [learningRate, gradientScale].
 *
 *     g           = gradientScale · dw, plus weightDecay · w unless decoupled
 *     accumulator = accumulator + g²
 *     w           = w − learningRate · (g / √(accumulator + epsilon), plus weightDecay · w if decoupled)
 */
export function adagradUpdate(
  work: Work,
  settings: AdagradSettings,
  { w, dw, accumulator, hyper }: AdagradState & { readonly dw: Span; readonly hyper: Span },
  next: AdagradState,
): void {
  const program = work.program(`adagradUpdate ${keyOf(settings)}`, (module) => {
    const { decoupled } = settings;
    const [epsilon, weightDecay] = [F32x4.of(settings.epsilon), F32x4.of(settings.weightDecay)];
    const names = {
      inputs: ["w", "dw", "accumulator"],
      outputs: ["wNext", "accumulatorNext"],
      others: ["hyper"],
    } as const;
    writeElements(module, names, (f, { hyper }) => {
      const [learningRate, gradientScale] = [f.f32x4(F32x4.splat(hyper)), f.f32x4(F32x4.splat(hyper, 4))];
      return ({ w, dw, accumulator }) => {
        const decay = f.f32x4(weightDecay.mul(w));
        const scaled = gradientScale.mul(dw);
        const gradient = f.f32x4(decoupled ? scaled : scaled.add(decay));
        const accumulatorNext = f.f32x4(accumulator.add(gradient.mul(gradient)));
        const step = gradient.div(accumulatorNext.add(epsilon).sqrt());
        return { wNext: w.sub(learningRate.mul(decoupled ? step.add(decay) : step)), accumulatorNext };
      };
    });
  });
  const spans = spansOf(w, dw, accumulator, next.w, next.accumulator);
  runElements(work, program, spans, w.elements, [hyper.address]);
}
