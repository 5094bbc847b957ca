import type { SliceAttributes } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/slice. */
export const slice: ReferenceKernel<"slice"> = (attributes, { x }, { y }) => {
  forEachRow(attributes, (inWhole, inPart, length) => y.set(x.subarray(inWhole, inWhole + length), inPart));
};

/** Visits the rows along the last axis of the slice, with the position of each in the whole tensor and in the slice. */
export function forEachRow(
  { whole, starts, extents }: SliceAttributes,
  visit: (inWhole: number, inPart: number, length: number) => void,
): void {
  let inPart = 0;
  const walk = (axis: number, row: number): void => {
    if (axis === 5) {
      visit(row * whole[5] + starts[5], inPart, extents[5]);
      inPart += extents[5];
      return;
    }
    for (let i = 0; i < extents[axis]!; i++) walk(axis + 1, row * whole[axis]! + starts[axis]! + i);
  };
  walk(0, 0);
}
