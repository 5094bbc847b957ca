import type { Block } from "../../core/kernels.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/slice. */
export const slice: ReferenceKernel<"slice"> = (block, { x }, { y }) => {
  forEachRow(block, (inWhole, inBlock, length) => y.set(x.subarray(inWhole, inWhole + length), inBlock));
};

/** Visits the rows of a block along the last axis: where each begins in the tensor and in the block by itself. */
export function forEachRow(
  { whole, starts, extents }: Block,
  visit: (inWhole: number, inBlock: number, length: number) => void,
): void {
  let inBlock = 0;
  for (let i = starts[0]; i < starts[0] + extents[0]; i++) {
    for (let j = starts[1]; j < starts[1] + extents[1]; j++) {
      for (let k = starts[2]; k < starts[2] + extents[2]; k++) {
        visit(((i * whole[1] + j) * whole[2] + k) * whole[3] + starts[3], inBlock, extents[3]);
        inBlock += extents[3];
      }
    }
  }
}
