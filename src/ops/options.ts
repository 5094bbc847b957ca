import { ShapeError } from "../errors.js";
import {
  checkNoWindowIsEmpty,
  extentOf,
  inLayout,
  type Layout,
  type OutputShapeRounding,
  sameShape,
  type WindowGeometry,
  windowGeometry,
} from "../geometry.js";
import { OptionReader, type Padding, type Pair } from "../options.js";
import { checkShape4, type Shape, type Tensor } from "../tensor.js";

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

/** The extents of a batch of images. @throws ShapeError where the shape does not have four axes */
export function readImage(operator: string, argument: string, value: unknown, layout: Layout) {
  const shape = checkShape4(operator, argument, value, layout);
  return {
    n: extentOf(shape, layout, "n"),
    h: extentOf(shape, layout, "h"),
    w: extentOf(shape, layout, "w"),
    c: extentOf(shape, layout, "c"),
  };
}

/** @throws ShapeError where dy is not of the shape that the forward's output, given in nhwc, has */
export function checkGradient(operator: string, dy: Tensor, output: Shape, layout: Layout): void {
  const expected = inLayout(output, "nhwc", layout);
  if (sameShape(dy.shape, expected)) return;
  throw new ShapeError(
    `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${expected.join(", ")}] ${layout}`,
  );
}
