import type { Tensor } from "../../core/tensor.js";
import { slice } from "../arrange/slice.js";
import { checkTensors } from "../kit/execute.js";
import { type CropOptions, readCrop } from "./cropOptions.js";

/**
 * Cuts rows and columns off the borders of images (Keras's `Cropping2D`).
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `cropping` is required, see {@link CropOptions}
 * @returns float32 [N, H − beginHeight − endHeight, W − beginWidth − endWidth, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or no pixel would be left;
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * await crop(x, { cropping: 1 }).read(); // [5]
 * // The top row and the last column.
 * await crop(x, { cropping: [1, 0, 0, 1] }).read(); // [4, 5, 7, 8]
 * ```
 */
export function crop(x: Tensor, options: CropOptions): Tensor {
  checkTensors("crop", { x });
  const { starts, sizes } = readCrop("crop", "x", x.shape, options);
  return slice(x, starts, sizes);
}
