import type { CropAndResizeAttributes } from "../../core/attributes.js";
import { ShapeError } from "../../core/errors.js";
import type { Layout } from "../../core/geometry.js";
import { OptionReader, type Pair } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { readImage } from "../kit/images.js";

/** The options of {@link cropAndResize} and {@link cropAndResizeBackward}. */
export interface CropAndResizeOptions {
  /** The height and width of the outputs, in pixels. Required. */
  readonly size: Pair;
  /**
   * "bilinear" (default): mixes the four pixels around a point. "nearest": takes the nearest pixel. Halves are rounded
   * up.
   */
  readonly mode?: "bilinear" | "nearest" | undefined;
  /** The value of an output whose point lies outside the image; 0 if left out. */
  readonly extrapolationValue?: number | undefined;
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

/** Reads the options of `cropAndResize` or its gradient. @throws OptionError, ShapeError */
export function readCropAndResize(
  operator: string,
  argument: string,
  inputShape: unknown,
  { boxes, boxIndices }: { readonly boxes: Tensor; readonly boxIndices: Tensor },
  options: CropAndResizeOptions,
) {
  const reader = new OptionReader(operator, options, ["size", "mode", "extrapolationValue", "layout"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const nearest = reader.word("mode", ["bilinear", "nearest"], "bilinear") === "nearest";
  const value = reader.number("extrapolationValue", 0);
  const [p, q] = reader.pair("size", 1);
  const image = readImage(operator, argument, inputShape, layout);
  const [count, corners, ...rest] = boxes.shape;
  if (count === undefined || corners !== 4 || rest.length > 0) {
    throw new ShapeError(
      `${operator}: boxes is [${boxes.shape.join(", ")}], expected [B, 4] for B boxes: y1, x1, y2, x2 of each`,
    );
  }
  if (boxIndices.shape.length !== 1 || boxIndices.shape[0] !== count) {
    throw new ShapeError(
      `${operator}: boxIndices is [${boxIndices.shape.join(", ")}], expected [${count}]: the number of an image for each of boxes [${boxes.shape.join(", ")}]`,
    );
  }
  const attributes: CropAndResizeAttributes = { ...image, boxes: count, p, q, nearest, value };
  return { attributes, layout };
}
