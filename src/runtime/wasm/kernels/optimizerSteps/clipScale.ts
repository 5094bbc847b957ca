import type { ClipScaleAttributes } from "../../../../core/attributes.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { runElements, writeElements } from "../kit/elements.js";

/** y = 1 where sumOfSquares ≤ clipNorm², else clipNorm / √sumOfSquares; NaN where it is NaN or infinite. */
export function clipScale(
  work: Work,
  { clipNorm }: ClipScaleAttributes,
  { sumOfSquares }: { readonly sumOfSquares: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program(`clipScale ${clipNorm}`, (module) => {
    const norm = F32x4.of(clipNorm);
    writeElements(module, { inputs: ["sum"], outputs: ["y"] }, () => ({ sum }) => {
      const scale = F32x4.of(1).select(sum.atMost(norm.mul(norm)), norm.div(sum.sqrt()));
      return { y: scale.select(sum.abs().less(F32x4.of(Number.POSITIVE_INFINITY)), F32x4.of(Number.NaN)) };
    });
  });
  runElements(work, program, [sumOfSquares, y], y.elements);
}
