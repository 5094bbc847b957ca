import type { PadMode } from "../../core/attributes.js";
import { ShapeError } from "../../core/errors.js";
import type { Layout, Pad2dGeometry, Padding4 } from "../../core/geometry.js";
import { OptionReader } from "../../core/options.js";
import { readImage } from "../kit/images.js";

/** The options of {@link pad2d} and {@link pad2dBackward}. */
export interface Pad2dOptions {
  /**
   * The rows and columns to add: `[beginHeight, endHeight, beginWidth, endWidth]`, or one number for all four sides.
   * Required.
   */
  readonly padding: number | Padding4;
  /**
   * The values of the added pixels. "constant" (default): `value`; "reflection": the mirror image without the edge
   * (PyTorch's and NumPy's "reflect"); "symmetric": the mirror image with the edge (NumPy's, Keras's and TensorFlow's
   * "symmetric"); "edge": the edge repeated.
   */
  readonly mode?: PadMode | undefined;
  /** The constant of mode "constant"; 0 if left out. The other modes ignore it. */
  readonly value?: number | undefined;
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

/** Reads the options of `pad2d` or its gradient. @throws OptionError, ShapeError */
export function readPad2d(operator: string, argument: string, inputShape: unknown, options: Pad2dOptions) {
  const reader = new OptionReader(operator, options, ["padding", "mode", "value", "layout"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const mode = reader.word("mode", ["constant", "reflection", "symmetric", "edge"], "constant");
  const [padTop, padBottom, padLeft, padRight] = reader.sides("padding");
  const value = reader.number("value", 0);
  const image = readImage(operator, argument, inputShape, layout);
  const { h, w } = image;
  if (mode === "reflection" && (Math.max(padTop, padBottom) >= h || Math.max(padLeft, padRight) >= w)) {
    throw new ShapeError(
      `${operator}: padding is [${padTop}, ${padBottom}, ${padLeft}, ${padRight}], expected at most H − 1 = ${h - 1} and W − 1 = ${w - 1} for mode "reflection" (${argument} ${layout})`,
    );
  }
  if (mode === "symmetric" && (Math.max(padTop, padBottom) > h || Math.max(padLeft, padRight) > w)) {
    throw new ShapeError(
      `${operator}: padding is [${padTop}, ${padBottom}, ${padLeft}, ${padRight}], expected at most H = ${h} and W = ${w} for mode "symmetric" (${argument} ${layout})`,
    );
  }
  const geometry: Pad2dGeometry = {
    ...image,
    p: padTop + h + padBottom,
    q: padLeft + w + padRight,
    padTop,
    padBottom,
    padLeft,
    padRight,
  };
  return { geometry, mode, value, layout };
}
