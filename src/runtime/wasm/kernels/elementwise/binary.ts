import type { BinaryAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { runBroadcast } from "../kit/broadcast.js";
import { BINARY_FORMULAS } from "./binaryFormulas.js";
import { formulaOf } from "./formulas.js";

/** y = f(a, b), with both stretched to the shape of y. */
export function binary(
  work: Work,
  { name, ...shapes }: BinaryAttributes,
  { a, b }: { readonly a: Span; readonly b: Span },
  { y }: { readonly y: Span },
): void {
  const { value } = formulaOf(BINARY_FORMULAS, name);
  runBroadcast(work, { key: `binary ${name}`, ...shapes, map: value }, { a, b, output: y });
}
