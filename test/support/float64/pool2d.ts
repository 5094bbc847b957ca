import {
  type Expected,
  exact,
  forEachElement,
  type ImageLayout,
  type ImageView,
  imageShape,
  imageView,
  type Operand,
  sizeOf,
  TermSums,
  valueAt,
  valuesOf,
} from "./operand.js";
import { type Axis, type Pair, pair, resolveAxes, tap, type WindowOptions } from "./window.js";

export interface Pool2dOptions extends WindowOptions {
  readonly windowDimensions: Pair;
  readonly layout?: ImageLayout;
}

export interface MaxPool2dBackwardOptions extends Pool2dOptions {
  readonly ties?: "first" | "all";
  readonly rectified?: boolean;
}

export interface AveragePool2dOptions extends Pool2dOptions {
  readonly countIncludePad?: boolean;
}

interface Geometry {
  readonly x: ImageView;
  readonly y: ImageView;
  readonly yShape: readonly number[];
  readonly height: Axis;
  readonly width: Axis;
}

function geometry(xShape: readonly number[], options: Pool2dOptions): Geometry {
  const layout = options.layout ?? "nhwc";
  const x = imageView(xShape, layout);
  const window = pair(options.windowDimensions);
  const [height, width] = resolveAxes([x.h, x.w], window, { ...options, strides: options.strides ?? window });
  const yShape = imageShape(layout, x.n, height.output, width.output, x.c);
  return { x, y: imageView(yShape, layout), yShape, height, width };
}

interface Window {
  readonly yIndex: number;
  /** The input elements that the window holds, in row-major order of its taps. */
  readonly elements: readonly number[];
  /** The number of taps in the input or in its declared padding. */
  readonly declared: number;
}

/** @throws if a window holds no input element */
function forEachWindow(g: Geometry, visit: (window: Window) => void): void {
  forEachElement(g.y, (n, p, q, c) => {
    const elements: number[] = [];
    let declared = 0;
    for (let r = 0; r < g.height.window; r++)
      for (let s = 0; s < g.width.window; s++) {
        const h = tap(g.height, p, r);
        const w = tap(g.width, q, s);
        if (h >= 0 && h < g.x.h && w >= 0 && w < g.x.w) elements.push(g.x.index(n, h, w, c));
        if (h < g.x.h + g.height.end && w < g.x.w + g.width.end) declared++;
      }
    if (elements.length === 0) throw new Error(`oracle: the window at [${p}, ${q}] holds no input element`);
    visit({ yIndex: g.y.index(n, p, q, c), elements, declared });
  });
}

/** The shape of y, and of dy. */
export function pool2dOutputShape(xShape: readonly number[], options: Pool2dOptions): readonly number[] {
  return geometry(xShape, options).yShape;
}

/** Whether every window holds an input element. The library refuses other pools. */
export function everyWindowHoldsInput(xShape: readonly number[], options: Pool2dOptions): boolean {
  const { height, width } = geometry(xShape, options);
  return [height, width].every((axis) => {
    const holdsInput = (p: number) =>
      Array.from({ length: axis.window }, (_, r) => tap(axis, p, r)).some((i) => i >= 0 && i < axis.input);
    return Array.from({ length: axis.output }, (_, p) => p).every(holdsInput);
  });
}

/** The largest element of the window, or NaN if it holds one. */
function maximum(values: Float64Array, { elements }: Window): number {
  return Math.max(...elements.map((index) => valueAt(values, index)));
}

/** y: the maximum of each window, exactly. */
export function maxPool2d(x: Operand, options: Pool2dOptions): Expected {
  const g = geometry(x.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const y = new Float64Array(sizeOf(g.yShape));
  forEachWindow(g, (window) => {
    y[window.yIndex] = maximum(xValues, window);
  });
  return exact(g.yShape, y);
}

/**
 * dx: every window sends dy to its maximum. With ties "first", to the first in row-major order, or to the first NaN.
 * With "all", to each element equal to the maximum, and to none if the maximum is NaN. Rectified, to none if it is not positive.
 */
export function maxPool2dBackward(x: Operand, dy: Operand, options: MaxPool2dBackwardOptions): Expected {
  const g = geometry(x.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const dyValues = valuesOf("dy", dy, g.yShape);
  const dx = new TermSums(x.shape);
  forEachWindow(g, (window) => {
    const largest = maximum(xValues, window);
    const gradient = valueAt(dyValues, window.yIndex);
    // The largest element decides whether the ReLU passes the gradient.
    if (options.rectified && largest <= 0) return;
    if (options.ties === "all") {
      for (const index of window.elements) if (valueAt(xValues, index) === largest) dx.add(index, gradient);
      return;
    }
    const matches = (index: number) => valueAt(xValues, index) === largest || Number.isNaN(valueAt(xValues, index));
    const first = window.elements.find(matches);
    if (first !== undefined) dx.add(first, gradient);
  });
  return dx;
}

/** The divisor of a window: the number of its real elements, or of its taps in the input and its declared padding. */
function divisor(window: Window, options: AveragePool2dOptions): number {
  return options.countIncludePad ? window.declared : window.elements.length;
}

/** y: the mean of each window. A term is x / divisor. */
export function averagePool2d(x: Operand, options: AveragePool2dOptions): Expected {
  const g = geometry(x.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const y = new TermSums(g.yShape, true);
  forEachWindow(g, (window) => {
    for (const index of window.elements) y.add(window.yIndex, valueAt(xValues, index) / divisor(window, options));
  });
  return y;
}

/** dx: every window sends dy / divisor to each element that it holds. */
export function averagePool2dBackward(
  inputShape: readonly number[],
  dy: Operand,
  options: AveragePool2dOptions,
): Expected {
  const g = geometry(inputShape, options);
  const dyValues = valuesOf("dy", dy, g.yShape);
  const dx = new TermSums(inputShape);
  forEachWindow(g, (window) => {
    for (const index of window.elements) dx.add(index, valueAt(dyValues, window.yIndex) / divisor(window, options));
  });
  return dx;
}
