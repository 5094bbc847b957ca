import type { BinaryBackwardAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { runBroadcast } from "../kit/broadcast.js";
import { BINARY_FORMULAS } from "./binaryFormulas.js";
import { formulaOf } from "./formulas.js";

/** dx = ∂f/∂a · dy, or ∂f/∂b · dy, before it is summed to the operand's shape. */
export function binaryBackward(
  work: Work,
  { name, operand, ...shapes }: BinaryBackwardAttributes,
  { a, b, dy }: { readonly a: Span; readonly b: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const { gradientA, gradientB } = formulaOf(BINARY_FORMULAS, name);
  const map = operand === "a" ? gradientA : gradientB;
  runBroadcast(work, { key: `binaryBackward ${name} ${operand}`, ...shapes, map }, { a, b, dy, output: dx });
}
