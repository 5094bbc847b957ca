import {
  checkNoWindowIsEmpty,
  type Layout,
  type OutputShapeRounding,
  type WindowGeometry,
  windowGeometry,
} from "../../core/geometry.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import { readImage } from "../kit/images.js";

/** The options of all pools and their gradients. */
export interface Pool2dOptions {
  /** The height and width of the window, in elements. Required. */
  readonly windowDimensions: Pair;
  /**
   * The stride: the distance between neighbouring windows, in elements. `windowDimensions` if left out, as in PyTorch
   * and Keras (WebNN and ONNX: 1).
   */
  readonly strides?: Pair | undefined;
  /**
   * The rows and columns around x. 0 if left out. `"same"`: as many as ⌈extent / stride⌉ outputs need. If their number
   * is odd, the extra one is at the end. `"valid"`: none.
   */
  readonly padding?: Padding | undefined;
  /** The dilation: the distance between neighbouring elements of a window. 1 if left out. */
  readonly dilations?: Pair | undefined;
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
  /**
   * How to round a number of windows that is not whole: "floor" (default) or "ceil". With "ceil", a window may overhang
   * the padding.
   */
  readonly outputShapeRounding?: OutputShapeRounding | undefined;
}

/** The options of {@link averagePool2d} and {@link averagePool2dBackward}. */
export interface AveragePool2dOptions extends Pool2dOptions {
  /**
   * Whether padding counts in the divisor of a window's sum. False (default): the divisor is the number of elements
   * inside the input. True: it is the number of elements inside the input and its declared padding. Elements beyond the
   * declared padding, which "ceil" may add, never count.
   */
  readonly countIncludePad?: boolean | undefined;
}

const KNOWN = ["windowDimensions", "strides", "padding", "dilations", "layout", "outputShapeRounding"];

/** A pool's options, checked, and its geometry. */
export interface Pool2dCall {
  readonly geometry: WindowGeometry;
  readonly layout: Layout;
  /** Reads the further options. */
  readonly reader: OptionReader;
}

/**
 * Reads the options of a pool or its gradient.
 *
 * @param argument the caller's name for the input's shape
 * @param more names of further options
 * @throws OptionError, ShapeError
 */
export function readPool2d(
  operator: string,
  argument: string,
  inputShape: unknown,
  options: Pool2dOptions,
  more: readonly string[],
): Pool2dCall {
  const reader = new OptionReader(operator, options, [...KNOWN, ...more]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const window = reader.pair("windowDimensions", 1);
  const strides = reader.pair("strides", 1, window);
  const dilations = reader.pair("dilations", 1, [1, 1]);
  const padding = reader.padding();
  const rounding = reader.rounding();
  const geometry = windowGeometry(operator, readImage(operator, argument, inputShape, layout), {
    window,
    strides,
    dilations,
    padding,
    rounding,
  });
  checkNoWindowIsEmpty(operator, geometry);
  return { geometry, layout, reader };
}

/** The options of {@link globalAveragePool2d} and {@link globalAveragePool2dBackward}. */
export interface GlobalAveragePool2dOptions {
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

/** The options of {@link globalMaxPool2d}. */
export interface GlobalMaxPool2dOptions {
  /** The order of the axes of the images, before and after: "nhwc" (default) or "nchw". */
  readonly layout?: Layout | undefined;
}

/**
 * Reads the options of a global pool or its gradient.
 *
 * @param more names of further options
 * @throws OptionError, ShapeError
 */
export function readGlobalPool2d(
  operator: string,
  argument: string,
  inputShape: unknown,
  options: GlobalAveragePool2dOptions | GlobalMaxPool2dOptions,
  more: readonly string[] = [],
) {
  const reader = new OptionReader(operator, options, ["layout", ...more]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const image = readImage(operator, argument, inputShape, layout);
  return { ...image, pixels: image.h * image.w, layout, reader };
}
