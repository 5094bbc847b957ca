import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { type BlockOptions, blocksToDepth } from "./blocks.js";

/**
 * Gathers blocks of pixels into channels: the inverse of `depthToSpace`. The same as TensorFlow's `space_to_depth` and
 * ONNX's `SpaceToDepth`; with mode "CRD" PyTorch's `PixelUnshuffle`. Its gradient is `depthToSpace(dy, options)`.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, H / blockSize, W / blockSize, C · blockSize²], or as `layout` says
 * @throws OptionError; ShapeError, also if H or W is no multiple of blockSize; DisposedError, BackendLostError,
 * OutOfMemoryError
 */
export function spaceToDepth(x: Tensor, options: BlockOptions): Tensor {
  return checkTensors("spaceToDepth", { x }).tidy(() => blocksToDepth("spaceToDepth", x, options));
}
