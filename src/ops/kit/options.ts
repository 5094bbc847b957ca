import { ShapeError } from "../../core/errors.js";
import { checkNoWindowIsEmpty, extentOf, inLayout, type Layout, type OutputShapeRounding, type Pad2dGeometry, type Padding4, type WindowGeometry, windowGeometry } from "../../core/geometry.js";
import { sameShape } from "../../core/shape.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkShape4, type Shape } from "../../core/shape.js";
import type { PadMode } from "../../core/kernels.js";

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

export interface Pad2dOptions {
  /** `[beginHeight, endHeight, beginWidth, endWidth]`, or one number for all four sides. Required. */
  readonly padding: number | Padding4;
  /** "constant" (default); "reflection": the mirror image, the edge itself not repeated; "edge": the edge repeated. */
  readonly mode?: PadMode | undefined;
  /** The constant; 0 if left out. The other modes ignore it. */
  readonly value?: number | undefined;
  /** "nhwc" if left out. */
  readonly layout?: Layout | undefined;
}

/** Reads the options of `pad2d` or its gradient. @throws OptionError, ShapeError */
export function readPad2d(operator: string, argument: string, inputShape: unknown, options: Pad2dOptions) {
  const reader = new OptionReader(operator, options, ["padding", "mode", "value", "layout"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const mode = reader.word("mode", ["constant", "reflection", "edge"], "constant");
  const [padTop, padBottom, padLeft, padRight] = reader.requiredPadding();
  const value = reader.number("value", 0);
  const image = readImage(operator, argument, inputShape, layout);
  const { h, w } = image;
  if (mode === "reflection" && (Math.max(padTop, padBottom) >= h || Math.max(padLeft, padRight) >= w)) {
    throw new ShapeError(
      `${operator}: padding is [${padTop}, ${padBottom}, ${padLeft}, ${padRight}], a reflection has at most H − 1 = ${h - 1} and W − 1 = ${w - 1} to show (${argument} ${layout})`,
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

/** @throws ShapeError where there is no last axis */
export function lastExtent(operator: string, argument: string, { shape }: Tensor): number {
  const extent = shape.at(-1);
  if (extent !== undefined) return extent;
  throw new ShapeError(
    `${operator}: ${argument} has rank 0, expected at least 1: the last axis is that of the classes`,
  );
}
