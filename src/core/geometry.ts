import { ShapeError } from "./errors.js";
import type { Shape } from "./shape.js";

/** `[beginHeight, endHeight, beginWidth, endWidth]` */
export type Padding4 = readonly [number, number, number, number];

/** The padding that a caller asks for: explicit, or `"same"` as in TensorFlow, which depends on the input's extent. */
export type PaddingRequest = Padding4 | "same";

/** Whether a window that does not fit at the end is left out ("floor") or added ("ceil"). */
export type OutputShapeRounding = "floor" | "ceil";

/** How a window slides over an input, in convolution and pooling. Pairs are `[height, width]`. */
export interface WindowRequest {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: PaddingRequest;
  readonly rounding: OutputShapeRounding;
}

/**
 * The plain numbers of a sliding window. `Params` and the reference kernels use the same names. n, h, w, c: images,
 * height, width and channels of the input. r, s: height and width of the window. p, q: height and width of the output.
 *
 * It is a type, because TypeScript does not accept an interface as a `Record` of numbers.
 */
export type WindowGeometry = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly r: number;
  readonly s: number;
  readonly p: number;
  readonly q: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
  /** Every `tapStepHeight`-th tap of a window can touch a given input row; see `shaders/lib/taps.wgsl`. */
  readonly tapStepHeight: number;
  readonly tapStepWidth: number;
  /** The number of rows by which the output lies earlier at each such step. */
  readonly outputStepHeight: number;
  readonly outputStepWidth: number;
};

/**
 * A window geometry with k output channels in groups. Group g reads channels g·cPerGroup… and writes channels
 * g·kPerGroup….
 */
export type Conv2dGeometry = WindowGeometry & {
  readonly k: number;
  readonly groups: number;
  readonly cPerGroup: number;
  readonly kPerGroup: number;
};

export type Pad2dGeometry = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  /** Height and width of the padded output. */
  readonly p: number;
  readonly q: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
};

/** Kernels compute positions in 32-bit integers. */
const INT32_MAX = 2 ** 31 - 1;

interface Axis {
  readonly output: number;
  readonly padBegin: number;
  readonly padEnd: number;
  readonly tapStep: number;
}

/**
 * One axis of a sliding window. "same" is TensorFlow's: if the padding is odd, its extra element is at the end.
 * Explicit padding gives the output extent ⌊(input + padding − effective window) / stride⌋ + 1. With "ceil" it is ⌈…⌉ +
 * 1, and PyTorch's rule applies: a window that would start beyond the beginning padding and the input is dropped.
 */
function windowAxis(
  operator: string,
  axis: "height" | "width",
  input: number,
  window: number,
  request: WindowRequest,
): Axis {
  const i = axis === "height" ? 0 : 1;
  const stride = request.strides[i];
  const dilation = request.dilations[i];
  const effective = (window - 1) * dilation + 1;
  const tapStep = stride / greatestCommonDivisor(stride, dilation);
  if (Math.max(stride, dilation, effective) > INT32_MAX) {
    throw new ShapeError(
      `${operator}: along the ${axis}, stride ${stride} or window ${effective} is more than 2³¹ − 1, the largest integer of the kernels; use smaller strides or dilations`,
    );
  }
  if (request.padding === "same") {
    const output = Math.ceil(input / stride);
    const total = Math.max((output - 1) * stride + effective - input, 0);
    const padBegin = Math.floor(total / 2);
    return { output, padBegin, padEnd: total - padBegin, tapStep };
  }
  const [padBegin, padEnd] =
    i === 0 ? [request.padding[0], request.padding[1]] : [request.padding[2], request.padding[3]];
  if (input + padBegin + padEnd > INT32_MAX) {
    throw new ShapeError(
      `${operator}: the padded ${axis} ${input} + ${padBegin} + ${padEnd} is more than 2³¹ − 1, the largest integer of the kernels; use less padding`,
    );
  }
  const room = input + padBegin + padEnd - effective;
  let output = Math[request.rounding](room / stride) + 1;
  if (request.rounding === "ceil" && (output - 1) * stride >= input + padBegin) output--;
  if (output < 1) {
    const dilated = dilation === 1 ? "" : ` (${window} taps, dilation ${dilation})`;
    throw new ShapeError(
      `${operator}: the window's ${axis} ${effective}${dilated} is larger than the padded input's ${input} + ${padBegin} + ${padEnd} = ${
        input + padBegin + padEnd
      }; use a smaller window or more padding`,
    );
  }
  return { output, padBegin, padEnd, tapStep };
}

/**
 * Slides a window over an input of the given extents. In a pool, each channel is a group.
 *
 * @throws ShapeError if no window fits
 */
export function windowGeometry(
  operator: string,
  { n, h, w, c }: { readonly n: number; readonly h: number; readonly w: number; readonly c: number },
  request: WindowRequest,
  k = c,
  groups = c,
): Conv2dGeometry {
  const [r, s] = request.window;
  const height = windowAxis(operator, "height", h, r, request);
  const width = windowAxis(operator, "width", w, s, request);
  return {
    n,
    h,
    w,
    c,
    r,
    s,
    p: height.output,
    q: width.output,
    strideHeight: request.strides[0],
    strideWidth: request.strides[1],
    dilationHeight: request.dilations[0],
    dilationWidth: request.dilations[1],
    padTop: height.padBegin,
    padBottom: height.padEnd,
    padLeft: width.padBegin,
    padRight: width.padEnd,
    tapStepHeight: height.tapStep,
    tapStepWidth: width.tapStep,
    outputStepHeight: (height.tapStep * request.dilations[0]) / request.strides[0],
    outputStepWidth: (width.tapStep * request.dilations[1]) / request.strides[1],
    k,
    groups,
    cPerGroup: c / groups,
    kPerGroup: k / groups,
  };
}

/** @throws ShapeError if a window holds no element of the input, because its maximum and its mean are not defined */
export function checkNoWindowIsEmpty(operator: string, g: WindowGeometry): void {
  const axes = [
    ["height", g.h, g.r, g.p, g.strideHeight, g.dilationHeight, g.padTop],
    ["width", g.w, g.s, g.q, g.strideWidth, g.dilationWidth, g.padLeft],
  ] as const;
  for (const [axis, input, window, output, stride, dilation, padBegin] of axes) {
    // If the first and the last window are not empty, another one can only be empty if a dilation steps over the whole
    // input.
    const step = dilation > input ? 1 : Math.max(1, output - 1);
    for (let o = 0; o < output; o += step) {
      const start = o * stride - padBegin;
      const firstInside = start >= 0 ? 0 : Math.ceil(-start / dilation);
      if (firstInside >= window || start + firstInside * dilation >= input) {
        throw new ShapeError(
          `${operator}: the window at ${axis} ${o} of the output would hold no element of the input (${axis} ${input}, window ${window}, stride ${stride}, dilation ${dilation}, padding ${padBegin} at the beginning); use less padding`,
        );
      }
    }
  }
}

/** Whether taps are not neighbours. Kernels then search for the first tap that touches a position. */
export function isDilated(g: WindowGeometry): boolean {
  return g.dilationHeight > 1 || g.dilationWidth > 1;
}

/** The operations of one pass of a convolution. A multiply-add counts as 2. Taps in the padding count. */
export function conv2dFlops(g: Conv2dGeometry): number {
  return 2 * g.n * g.p * g.q * g.k * g.r * g.s * g.cPerGroup;
}

/**
 * The same convolution with all outputs in one row, if it is a plain matrix product: the filter has one tap and takes
 * every pixel, or the filter covers a whole image. Otherwise the geometry itself.
 */
export function asOneRow(g: Conv2dGeometry): Conv2dGeometry {
  const padded = g.padTop + g.padBottom + g.padLeft + g.padRight > 0;
  const everyPixel = g.r === 1 && g.s === 1 && g.p === g.h && g.q === g.w;
  const wholeImage = g.r === g.h && g.s === g.w && g.groups === 1 && g.dilationHeight === 1 && g.dilationWidth === 1;
  if (padded || !(everyPixel || wholeImage)) return g;
  const columns = g.n * g.p * g.q;
  const channels = (g.n * g.h * g.w * g.c) / columns;
  return {
    ...g,
    ...{ n: 1, h: 1, w: columns, c: channels, cPerGroup: channels / g.groups, r: 1, s: 1, p: 1, q: columns },
    ...{ strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
    ...{ tapStepHeight: 1, tapStepWidth: 1, outputStepHeight: 1, outputStepWidth: 1 },
  };
}

/** The order of a tensor's axes. */
export type Layout = "nhwc" | "nchw";
/** The order of the axes of a filter: height h, width w, input channels i, output channels o. */
export type FilterLayout = "hwio" | "oihw" | "ohwi" | "ihwo";

/** The extent of the axis that `letter` names in a layout, such as "c" in "nchw". */
export function extentOf(shape: Shape, layout: string, letter: string): number {
  const extent = shape[layout.indexOf(letter)];
  if (extent === undefined) throw new ShapeError(`no axis ${letter} in [${shape.join(", ")}] as ${layout}`);
  return extent;
}

/** The shape with its axes in the order of another layout. */
export function inLayout(shape: Shape, from: string, to: string): Shape {
  return [...to].map((letter) => extentOf(shape, from, letter));
}

/**
 * The permutation that brings axes from the order `from` to the order `to`. Output axis i is input axis
 * `permutation[i]`.
 */
export function permutationBetween(from: string, to: string): readonly number[] {
  return [...to].map((letter) => from.indexOf(letter));
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
