import type { SliceAttributes } from "../../../../core/attributes.js";

/** A slice as rows of neighbouring elements. Strides are in elements. */
export interface RowsOfSlice {
  /** The position of the slice's first element in the whole tensor. */
  readonly start: number;
  /** The elements of a row. */
  readonly length: number;
  /** The axes along which the rows lie, from the outermost on. */
  readonly rows: readonly { readonly extent: number; readonly inWhole: number; readonly inPart: number }[];
}

/** Joins the innermost axes to one as far as the slice has all of them. */
export function rowsOfSlice({ whole, starts, extents }: SliceAttributes): RowsOfSlice {
  let [start, inWhole, inPart, length] = [0, 1, 1, 1];
  let isRun = true;
  const rows: { extent: number; inWhole: number; inPart: number }[] = [];
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    const [extent, wholeExtent] = [extents[axis] ?? 1, whole[axis] ?? 1];
    if (isRun) length *= extent;
    else if (extent > 1) rows.unshift({ extent, inWhole, inPart });
    isRun = isRun && extent === wholeExtent;
    start += (starts[axis] ?? 0) * inWhole;
    inWhole *= wholeExtent;
    inPart *= extent;
  }
  return { start, length, rows };
}
