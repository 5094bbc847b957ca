import {
  checkNoWindowIsEmpty,
  type Layout,
  type OutputShapeRounding,
  type WindowGeometry,
  windowGeometry,
} from "../../core/geometry.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import { readImage } from "../kit/images.js";

/** What all pools and their gradients take. */
export interface Pool2dOptions {
  /** Height and width of the window. Required. */
  readonly windowDimensions: Pair;
  /** `windowDimensions` if left out, as in PyTorch and Keras (WebNN and ONNX: 1). */
  readonly strides?: Pair | undefined;
  /** 0 if left out. `"same"`: ⌈extent / stride⌉ outputs, the odd element of padding at the end. `"valid"`: none. */
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
   * What a window's sum is divided by. False (default): the number of its elements that are real. True: the window clipped to the input and
   * its declared padding, so that what `ceil` overhangs never counts.
   */
  readonly countIncludePad?: boolean | undefined;
}

const KNOWN = ["windowDimensions", "strides", "padding", "dilations", "layout", "outputShapeRounding"];

/** A pool with its options read and its window laid over the input. */
export interface Pool2dCall {
  readonly geometry: WindowGeometry;
  readonly layout: Layout;
  /** For the options that not all pools share. */
  readonly reader: OptionReader;
}

/**
 * Reads the options of a pool or its gradient.
 *
 * @param argument what the caller calls the input's shape
 * @param more names of options beside those that all pools share
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

/** Reads the options of a global pool or its gradient. @throws OptionError, ShapeError */
export function readGlobalPool2d(
  operator: string,
  argument: string,
  inputShape: unknown,
  options: GlobalAveragePool2dOptions,
) {
  const layout = new OptionReader(operator, options, ["layout"]).word("layout", ["nhwc", "nchw"], "nhwc");
  const image = readImage(operator, argument, inputShape, layout);
  return { ...image, pixels: image.h * image.w, layout };
}
