import type { ConcatAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { moveRows } from "../kit/rows.js";

/** y: the rows of all inputs side by side. */
export function concat(
  work: Work,
  { rows }: ConcatAttributes,
  inputs: Readonly<Record<string, Span>>,
  { y }: { readonly y: Span },
): void {
  const toStride = y.elements / rows;
  let to = y.address;
  for (const x of Object.values(inputs)) {
    const length = x.elements / rows;
    moveRows(work, [{ extent: rows, fromStride: length, toStride }], length, x.address, to);
    to += 4 * length;
  }
}
