import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { type BlockOptions, blocksToDepth } from "./blocks.js";

/**
 * Moves each block of pixels into channels: the inverse of `depthToSpace`. The same as TensorFlow's `space_to_depth`
 * and ONNX's `SpaceToDepth`; with mode "CRD" it is PyTorch's `PixelUnshuffle`. Its gradient is `depthToSpace(dy,
 * options)`.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `blockSize` is required, see {@link BlockOptions}
 * @returns float32 [N, H / blockSize, W / blockSize, C · blockSize²], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or H or W is not a multiple of
 * blockSize; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Four pixels with two channels become one pixel with eight.
 * const x = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);
 * await spaceToDepth(x, { blockSize: 2 }).read(); // [1, 2, 3, 4, 5, 6, 7, 8]
 * await spaceToDepth(x, { blockSize: 2, mode: "CRD" }).read(); // [1, 3, 5, 7, 2, 4, 6, 8]
 * ```
 */
export function spaceToDepth(x: Tensor, options: BlockOptions): Tensor {
  return checkTensors("spaceToDepth", { x }).tidy(() => blocksToDepth("spaceToDepth", x, options));
}
