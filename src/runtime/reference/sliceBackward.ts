import type { ReferenceKernel } from "./referenceKernel.js";
import { forEachRow } from "./slice.js";

/** The reference of shaders/arrange/sliceBackward: dy where the block lies, zero elsewhere. */
export const sliceBackward: ReferenceKernel<"sliceBackward"> = (block, { dy }, { dx }) => {
  dx.fill(0);
  forEachRow(block, (inWhole, inBlock, length) => dx.set(dy.subarray(inBlock, inBlock + length), inWhole));
};
