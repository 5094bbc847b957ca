import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { type BlockOptions, blocksToDepth } from "./blocks.js";

/**
 * Moves each block of pixels into channels: the inverse of `depthToSpace`. The same as TensorFlow's `space_to_depth`
 * and ONNX's `SpaceToDepth`; with mode "CRD" it is PyTorch's `PixelUnshuffle`. Its gradient is `depthToSpace(dy,
 * options)`.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, H / blockSize, W / blockSize, C · blockSize²], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or H or W is not a multiple of
 * blockSize; DisposedError, BackendLostError, OutOfMemoryError
 */
export function spaceToDepth(x: Tensor, options: BlockOptions): Tensor {
  return checkTensors("spaceToDepth", { x }).tidy(() => blocksToDepth("spaceToDepth", x, options));
}
