import type { Resample2dAttributes } from "../../core/attributes.js";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import { greatestCommonDivisor, type Layout } from "../../core/geometry.js";
import { OptionReader, type Pair } from "../../core/options.js";
import { readImage } from "../kit/images.js";

export interface Resample2dOptions {
  /** The output's height and width. This or `scales` is required. */
  readonly sizes?: Pair | undefined;
  /** The output's extents are ⌊extent · scale⌋. This or `sizes` is required. */
  readonly scales?: number | readonly [number, number] | undefined;
  /** Required. Only "nearest" exists so far. */
  readonly mode: "nearest";
  /** "nhwc" if left out. */
  readonly layout?: Layout | undefined;
}

/** Reads the options of a resampling or its gradient. @throws OptionError, ShapeError */
export function readResample2d(operator: string, argument: string, inputShape: unknown, options: Resample2dOptions) {
  const reader = new OptionReader(operator, options, ["sizes", "scales", "mode", "layout"]);
  reader.word("mode", ["nearest"]);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const { sizes, scales } = options;
  if ((sizes === undefined) === (scales === undefined)) {
    throw new OptionError(
      `${operator}: sizes is ${show(sizes)} and scales is ${show(scales)}, expected one of them, such as { scales: 2 }`,
    );
  }
  const image = readImage(operator, argument, inputShape, layout);
  const [p, q] = sizes === undefined ? scaled(operator, image, scales) : reader.pair("sizes", 1);
  const geometry: Resample2dAttributes = { ...image, p, q };
  const height = ratio(operator, "height", image.h, p);
  const width = ratio(operator, "width", image.w, q);
  const ratios = {
    ...{ stepHeight: height.step, wholeHeight: height.whole },
    ...{ stepWidth: width.step, wholeWidth: width.whole },
  };
  return { geometry, ratios, layout };
}

function scaled(operator: string, image: { readonly h: number; readonly w: number }, scales: unknown) {
  const [height, width, ...rest] = Array.isArray(scales) ? scales : [scales, scales];
  if (!isScale(height) || !isScale(width) || rest.length > 0) {
    throw new OptionError(`${operator}: scales is ${show(scales)}, expected one positive number or [height, width]`);
  }
  const output = [Math.floor(image.h * height), Math.floor(image.w * width)] as const;
  if (Math.min(...output) < 1 || !output.every(Number.isSafeInteger)) {
    throw new ShapeError(
      `${operator}: scales [${height}, ${width}] make [${output.join(", ")}] of [${image.h}, ${image.w}], expected at least one pixel, and no more than can be counted; use others, or sizes`,
    );
  }
  return output;
}

function isScale(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/** input / output in lowest terms. This keeps the numerators of positions small. */
function ratio(operator: string, axis: string, input: number, output: number) {
  const common = greatestCommonDivisor(input, output);
  const [step, whole] = [input / common, output / common];
  // The largest numerator is 2 · output · step + whole, or 2 · whole · input + step.
  if (2 * step * output + 2 * whole + 2 * step >= 2 ** 32) {
    throw new ShapeError(
      `${operator}: along the ${axis}, ${output} of ${input} make a ratio of ${whole} / ${step}, whose positions are beyond 2³², where the kernels' integers end; use extents with a simpler ratio`,
    );
  }
  return { step, whole };
}
