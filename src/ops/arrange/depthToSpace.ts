import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { type BlockOptions, depthToBlocks } from "./blocks.js";

/**
 * Spreads channels over blocks of pixels: the pixels of an image take the channels of a smaller, deeper one. The same as
 * TensorFlow's `depth_to_space` and ONNX's `DepthToSpace`; with mode "CRD" PyTorch's `PixelShuffle`. Its gradient is
 * `spaceToDepth(dy, options)`.
 *
 * @param x float32 [N, H, W, C · blockSize²], or as `layout` says
 * @returns float32 [N, H · blockSize, W · blockSize, C], or as `layout` says
 * @throws OptionError; ShapeError, also if the channels are no multiple of blockSize²; DisposedError, BackendLostError,
 * OutOfMemoryError
 */
export function depthToSpace(x: Tensor, options: BlockOptions): Tensor {
  return checkTensors("depthToSpace", { x }).tidy(() => depthToBlocks("depthToSpace", x, options));
}
