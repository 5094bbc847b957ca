import type { Tensor } from "../../core/tensor.js";
import { slice } from "../arrange/slice.js";
import { checkTensors } from "../kit/execute.js";
import { type CropOptions, readCrop } from "./cropOptions.js";

/**
 * Cuts rows and columns off the borders of images (Keras's `Cropping2D`).
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, H − beginHeight − endHeight, W − beginWidth − endWidth, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or no pixel would be left;
 * DisposedError, BackendLostError, OutOfMemoryError
 */
export function crop(x: Tensor, options: CropOptions): Tensor {
  checkTensors("crop", { x });
  const { starts, sizes } = readCrop("crop", "x", x.shape, options);
  return slice(x, starts, sizes);
}
