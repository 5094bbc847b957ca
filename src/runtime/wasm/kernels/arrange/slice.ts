import type { SliceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { moveRows } from "../kit/rows.js";
import { rowsOfSlice } from "./rowsOfSlice.js";

/** y[position] = x[starts + position]. */
export function slice(
  work: Work,
  attributes: SliceAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const { start, length, rows } = rowsOfSlice(attributes);
  const axes = rows.map(({ extent, inWhole, inPart }) => ({ extent, fromStride: inWhole, toStride: inPart }));
  moveRows(work, axes, length, x.address + 4 * start, y.address);
}
