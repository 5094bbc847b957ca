import { forEachRow } from "./slice.js";
import type { Block } from "../../core/kernels.js";

/** The twin of shaders/arrange/sliceBackward: dy where the block lies, zero elsewhere. */
export function sliceBackward(block: Block, dy: Float32Array, dx: Float32Array): void {
  dx.fill(0);
  forEachRow(block, (inWhole, inBlock, length) => dx.set(dy.subarray(inBlock, inBlock + length), inWhole));
}
