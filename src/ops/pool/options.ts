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
  /** Height and width of the window. Required. */
  readonly windowDimensions: Pair;
  /** `windowDimensions` if left out, as in PyTorch and Keras (WebNN and ONNX: 1). */
  readonly strides?: Pair | undefined;
  /**
   * 0 if left out. `"same"`: ⌈extent / stride⌉ outputs. If the padding is odd, its extra element is at the end.
   * `"valid"`: none.
   */
  readonly padding?: Padding | undefined;
  /** 1 if left out. */
  readonly dilations?: Pair | undefined;
  /** "nhwc" if left out. */
  readonly layout?: Layout | undefined;
  /** "floor" if left out. */
  readonly outputShapeRounding?: OutputShapeRounding | undefined;
}

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

export interface GlobalAveragePool2dOptions {
  /** "nhwc" if left out. */
  readonly layout?: Layout | undefined;
}

export interface GlobalMaxPool2dOptions {
  /** "nhwc" if left out. */
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
