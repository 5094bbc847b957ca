import type { UnaryAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, writeElements } from "../kit/elements.js";
import { formulaOf } from "./formulas.js";
import { UNARY_FORMULAS } from "./unaryFormulas.js";

/** y = f(x). */
export function unary(
  work: Work,
  { name, numbers }: UnaryAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program(`unary ${name} ${keyOf(numbers)}`, (module) => {
    const { value } = formulaOf(UNARY_FORMULAS, name);
    writeElements(module, { inputs: ["x"], outputs: ["y"] }, (f) => ({ x }) => ({ y: value(f, x, numbers) }));
  });
  runElements(work, program, [x, y], y.elements);
}
