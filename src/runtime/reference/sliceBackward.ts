import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachRow } from "./slice.js";

/** The reference of shaders/arrange/sliceBackward: dy in the place of the slice, zeros elsewhere. */
export const sliceBackward: ReferenceKernel<"sliceBackward"> = (attributes, { dy }, { dx }) => {
  dx.fill(0);
  forEachRow(attributes, (inWhole, inPart, length) => dx.set(dy.subarray(inPart, inPart + length), inWhole));
};
