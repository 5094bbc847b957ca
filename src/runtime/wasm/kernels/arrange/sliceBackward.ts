import type { SliceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { clear } from "../kit/clear.js";
import { moveRows } from "../kit/rows.js";
import { rowsOfSlice } from "./rowsOfSlice.js";

/** dx[starts + position] = dy[position]. 0 outside the slice. */
export function sliceBackward(
  work: Work,
  attributes: SliceAttributes,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const { start, length, rows } = rowsOfSlice(attributes);
  const axes = rows.map(({ extent, inWhole, inPart }) => ({ extent, fromStride: inPart, toStride: inWhole }));
  if (dx.elements > dy.elements) clear(work, dx);
  moveRows(work, axes, length, dy.address, dx.address + 4 * start);
}
