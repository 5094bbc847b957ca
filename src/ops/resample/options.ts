import type { Resample2dAttributes, ResampleAxis } from "../../core/attributes.js";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import { greatestCommonDivisor, type Layout } from "../../core/geometry.js";
import { OptionReader, type Pair } from "../../core/options.js";
import { readImage } from "../kit/images.js";

/** The options of {@link resample2d} and {@link resample2dBackward}. */
export interface Resample2dOptions {
  /** The output's height and width, in pixels. This or `scales` is required. */
  readonly sizes?: Pair | undefined;
  /** The output's extents are ⌊extent · scale⌋. This or `sizes` is required. */
  readonly scales?: number | readonly [number, number] | undefined;
  /** "nearest-neighbor" (for short "nearest") or "linear" (bilinear), in WebNN's words. Required. */
  readonly mode: "nearest-neighbor" | "nearest" | "linear";
  /**
   * The point of the input that output p of P shows, along an axis of H pixels. The names follow ONNX's.
   *
   * - "halfPixel" (default): (p + ½) · H / P − ½. Pixels are areas, and both images cover the same area. As in PyTorch
   *   with `align_corners=False`, in TensorFlow 2, in Keras and in WebNN.
   * - "alignCorners": p · (H − 1) / (P − 1), or 0 if P is 1. The centres of the corner pixels stay where they are. As
   *   in PyTorch with `align_corners=True`.
   * - "asymmetric": p · H / P. As in TensorFlow 1. With "nearest-neighbor" it is PyTorch's mode "nearest".
   */
  readonly coordinates?: ResampleCoordinates | undefined;
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

/** The point of the input that an output shows: see `coordinates` of {@link Resample2dOptions}. */
export type ResampleCoordinates = "halfPixel" | "alignCorners" | "asymmetric";

/** Reads the options of a resampling or its gradient. @throws OptionError, ShapeError */
export function readResample2d(operator: string, argument: string, inputShape: unknown, options: Resample2dOptions) {
  const reader = new OptionReader(operator, options, ["sizes", "scales", "mode", "coordinates", "layout"]);
  const linear = reader.word("mode", ["nearest-neighbor", "nearest", "linear"]) === "linear";
  const coordinates = reader.word("coordinates", ["halfPixel", "alignCorners", "asymmetric"], "halfPixel");
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const { sizes, scales } = options;
  if ((sizes === undefined) === (scales === undefined)) {
    throw new OptionError(
      `${operator}: sizes is ${show(sizes)} and scales is ${show(scales)}, expected one of them, such as { scales: 2 }`,
    );
  }
  const image = readImage(operator, argument, inputShape, layout);
  const [p, q] = sizes === undefined ? scaled(operator, image, scales) : reader.pair("sizes", 1);
  const axis = (name: string, input: number, output: number) =>
    checkedAxis(operator, name, input, output, axisOf(input, output, linear, coordinates));
  const attributes: Resample2dAttributes = {
    geometry: { ...image, p, q },
    linear,
    height: axis("height", image.h, p),
    width: axis("width", image.w, q),
  };
  return { attributes, layout };
}

function scaled(operator: string, image: { readonly h: number; readonly w: number }, scales: unknown) {
  const [height, width, ...rest] = Array.isArray(scales) ? scales : [scales, scales];
  if (!isScale(height) || !isScale(width) || rest.length > 0) {
    throw new OptionError(`${operator}: scales is ${show(scales)}, expected one positive number or [height, width]`);
  }
  const output = [Math.floor(image.h * height), Math.floor(image.w * width)] as const;
  if (Math.min(...output) < 1 || !output.every(Number.isSafeInteger)) {
    throw new ShapeError(
      `${operator}: scales [${height}, ${width}] give [${output.join(", ")}] for an input of [${image.h}, ${image.w}], expected at least one pixel and no more than can be counted; use other scales, or sizes`,
    );
  }
  return output;
}

function isScale(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/** The points of an axis as fractions of integers. They are in lowest terms, which keeps the numerators small. */
function axisOf(input: number, output: number, linear: boolean, coordinates: ResampleCoordinates): ResampleAxis {
  const corners = coordinates === "alignCorners";
  // The input has one pixel, or the output has one and shows the first.
  if (corners && (input === 1 || output === 1)) return { step: 1, first: linear ? output : 0, whole: output };
  const [pixels, points] = corners ? [input - 1, output - 1] : [input, output];
  const common = greatestCommonDivisor(pixels, points);
  const [step, whole] = [pixels / common, points / common];
  if (coordinates === "halfPixel") return { step: 2 * step, first: step + (linear ? whole : -1), whole: 2 * whole };
  if (linear) return { step, first: whole, whole };
  // "alignCorners" rounds to the nearest integer, halves down. "asymmetric" rounds down.
  return corners ? { step: 2 * step, first: whole - 1, whole: 2 * whole } : { step, first: 0, whole };
}

/** @throws ShapeError if the kernels' integers cannot hold the axis */
function checkedAxis(operator: string, name: string, input: number, output: number, axis: ResampleAxis): ResampleAxis {
  const { step, first, whole } = axis;
  // The largest numerators of the forward and of the gradient.
  if (Math.max(output * step + first, (input + 2) * whole + step) < 2 ** 32) return axis;
  const common = greatestCommonDivisor(step, whole);
  throw new ShapeError(
    `${operator}: along the ${name}, output and input are ${output} and ${input}, a ratio of ${whole / common} / ${step / common}, expected positions below 2³², because the kernels have 32-bit integers; use extents with a simpler ratio`,
  );
}

/**
 * K of the numerical promise for each product of a value and two weights. Each weight is a quotient. Its errors add to
 * the errors of the product.
 */
export const TERMS_OF_PRODUCT = 3;
