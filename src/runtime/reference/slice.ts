import type { SliceAttributes } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/slice. */
export const slice: ReferenceKernel<"slice"> = (attributes, { x }, { y }) => {
  forEachRow(attributes, (inWhole, inPart, length) => y.set(x.subarray(inWhole, inWhole + length), inPart));
};

/** Visits the rows along the last axis of the part: where each begins in the whole tensor, and where in the part. */
export function forEachRow(
  { whole, starts, extents }: SliceAttributes,
  visit: (inWhole: number, inPart: number, length: number) => void,
): void {
  let inPart = 0;
  for (let i = starts[0]; i < starts[0] + extents[0]; i++) {
    for (let j = starts[1]; j < starts[1] + extents[1]; j++) {
      for (let k = starts[2]; k < starts[2] + extents[2]; k++) {
        visit(((i * whole[1] + j) * whole[2] + k) * whole[3] + starts[3], inPart, extents[3]);
        inPart += extents[3];
      }
    }
  }
}
