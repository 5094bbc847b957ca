import type { PointwiseLossAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, writeElements } from "../kit/elements.js";
import { lossFormulaOf } from "./lossFormulas.js";

/** dpredictions = ∂loss/∂p · dy and dtargets = ∂loss/∂t · dy, divided by the number of elements for a mean. */
export function pointwiseLossBackward(
  work: Work,
  { name, numbers, reduction }: PointwiseLossAttributes,
  { predictions, targets, dy }: { readonly predictions: Span; readonly targets: Span; readonly dy: Span },
  { dpredictions, dtargets }: { readonly dpredictions: Span; readonly dtargets: Span },
): void {
  const { slopeOfPrediction, slopeOfTarget } = lossFormulaOf(name);
  const key = `lossBackward ${name} ${keyOf(numbers)}`;
  const outputs = ["dp", "dt"] as const;
  const { elements } = predictions;
  if (reduction === "none") {
    const program = work.program(key, (module) =>
      writeElements(module, { inputs: ["p", "t", "dy"], outputs }, (f) => ({ p, t, dy }) => ({
        dp: slopeOfPrediction(f, p, t, numbers).mul(dy),
        dt: slopeOfTarget(f, p, t, numbers).mul(dy),
      })),
    );
    runElements(work, program, [predictions, targets, dy, dpredictions, dtargets], elements);
    return;
  }
  const program = work.program(`${key} reduced`, (module) =>
    writeElements(module, { inputs: ["p", "t"], outputs, others: ["dy", "divisor"] }, (f, others) => {
      const share = F64.loadFloat(others.dy).div(F64.fromInteger(others.divisor));
      const slope = f.f32x4(F32x4.splatOf(share.toF32()));
      return ({ p, t }) => ({
        dp: slopeOfPrediction(f, p, t, numbers).mul(slope),
        dt: slopeOfTarget(f, p, t, numbers).mul(slope),
      });
    }),
  );
  const divisor = reduction === "mean" ? elements : 1;
  runElements(work, program, [predictions, targets, dpredictions, dtargets], elements, [dy.address, divisor]);
}
