import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { type BlockOptions, depthToBlocks } from "./blocks.js";

/**
 * Moves channels into blocks of pixels. The output has blockSize times the height and width, and fewer channels. The
 * same as TensorFlow's `depth_to_space` and ONNX's `DepthToSpace`; with mode "CRD" it is PyTorch's `PixelShuffle`. Its
 * gradient is `spaceToDepth(dy, options)`.
 *
 * @param x float32 [N, H, W, C · blockSize²], or as `layout` says
 * @param options `blockSize` is required, see {@link BlockOptions}
 * @returns float32 [N, H · blockSize, W · blockSize, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or the number of channels is
 * not a multiple of blockSize²; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // One pixel with eight channels becomes four pixels with two.
 * const x = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 8]);
 * await depthToSpace(x, { blockSize: 2 }).read(); // [1, 2, 3, 4, 5, 6, 7, 8]
 * await depthToSpace(x, { blockSize: 2, mode: "CRD" }).read(); // [1, 5, 2, 6, 3, 7, 4, 8]
 * ```
 */
export function depthToSpace(x: Tensor, options: BlockOptions): Tensor {
  return checkTensors("depthToSpace", { x }).tidy(() => depthToBlocks("depthToSpace", x, options));
}
