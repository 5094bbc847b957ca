import { ShapeError } from "../../core/errors.js";
import { inLayout, type Layout, type Padding4 } from "../../core/geometry.js";
import { OptionReader } from "../../core/options.js";
import { readImage } from "../kit/images.js";

/** The options of {@link crop} and {@link cropBackward}. */
export interface CropOptions {
  /**
   * The rows and columns to cut off: `[beginHeight, endHeight, beginWidth, endWidth]`, or one number for all four
   * sides. Required.
   */
  readonly cropping: number | Padding4;
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

/** Reads the options of `crop` or its gradient, and computes the part that is left. @throws OptionError, ShapeError */
export function readCrop(operator: string, argument: string, inputShape: unknown, options: CropOptions) {
  const reader = new OptionReader(operator, options, ["cropping", "layout"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const cropping = reader.sides("cropping");
  const [top, bottom, left, right] = cropping;
  const { n, h, w, c } = readImage(operator, argument, inputShape, layout);
  const [height, width] = [h - top - bottom, w - left - right];
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `${operator}: cropping is [${cropping.join(", ")}], expected less than the extents [${h}, ${w}], to leave a pixel (${argument} ${layout})`,
    );
  }
  const output = [n, height, width, c] as const;
  return {
    starts: inLayout([0, top, left, 0], "nhwc", layout),
    sizes: inLayout(output, "nhwc", layout),
    output,
    layout,
  };
}
