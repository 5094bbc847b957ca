import type { UnaryAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, writeElements } from "../kit/elements.js";
import { formulaOf } from "./formulas.js";
import { UNARY_FORMULAS } from "./unaryFormulas.js";

/** dx = f′ · dy, computed from f's input or output. */
export function unaryBackward(
  work: Work,
  { name, numbers }: UnaryAttributes,
  { value, dy }: { readonly value: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const program = work.program(`unaryBackward ${name} ${keyOf(numbers)}`, (module) => {
    const { gradient } = formulaOf(UNARY_FORMULAS, name);
    writeElements(module, { inputs: ["value", "dy"], outputs: ["dx"] }, (f) => ({ value, dy }) => ({
      dx: gradient(f, value, dy, numbers),
    }));
  });
  runElements(work, program, [value, dy, dx], dx.elements);
}
