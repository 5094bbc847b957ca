import {
  type Expected,
  exact,
  forEachElement,
  type ImageLayout,
  imageShape,
  imageView,
  type Operand,
  sizeOf,
  TermSums,
  valueAt,
  valuesOf,
} from "./operand.js";

export interface GlobalPool2dOptions {
  readonly layout?: ImageLayout;
}

/** The shape of y, and of dy. */
export function globalPool2dOutputShape(
  xShape: readonly number[],
  { layout = "nhwc" }: GlobalPool2dOptions = {},
): readonly number[] {
  const { n, c } = imageView(xShape, layout);
  return imageShape(layout, n, 1, 1, c);
}

/** y: the mean of each channel of each image. A term is x / (H · W). */
export function globalAveragePool2d(x: Operand, options: GlobalPool2dOptions = {}): Expected {
  const image = imageView(x.shape, options.layout);
  const xValues = valuesOf("x", x, x.shape);
  const y = new TermSums(globalPool2dOutputShape(x.shape, options), true);
  const view = imageView(y.shape, options.layout);
  forEachElement(image, (n, h, w, c) => {
    y.add(view.index(n, 0, 0, c), valueAt(xValues, image.index(n, h, w, c)) / (image.h * image.w));
  });
  return y;
}

/** y: the largest element of each channel of each image, exactly, or NaN if there is one. */
export function globalMaxPool2d(x: Operand, options: GlobalPool2dOptions = {}): Expected {
  const xValues = valuesOf("x", x, x.shape);
  const yShape = globalPool2dOutputShape(x.shape, options);
  const y = new Float64Array(sizeOf(yShape));
  forEachChannel(x.shape, options, (channel, elements) => {
    y[channel] = elements.reduce((most, i) => Math.max(most, valueAt(xValues, i)), -Infinity);
  });
  return exact(yShape, y);
}

/** dx: every maximum sends dy to the first element equal to it (or the first NaN), or to all elements equal to it. */
export function globalMaxPool2dBackward(
  x: Operand,
  dy: Operand,
  { ties = "first", ...options }: GlobalPool2dOptions & { readonly ties?: "first" | "all" } = {},
): Expected {
  const xValues = valuesOf("x", x, x.shape);
  const dyValues = valuesOf("dy", dy, globalPool2dOutputShape(x.shape, options));
  const maxima = globalMaxPool2d(x, options).values;
  const dx = new Float64Array(xValues.length);
  forEachChannel(x.shape, options, (channel, elements) => {
    const most = valueAt(maxima, channel);
    const largest =
      ties === "all"
        ? elements.filter((i) => valueAt(xValues, i) === most)
        : elements.filter((i) => valueAt(xValues, i) === most || Number.isNaN(valueAt(xValues, i))).slice(0, 1);
    for (const i of largest) dx[i] = valueAt(dyValues, channel);
  });
  return exact(x.shape, dx);
}

/** Visits every channel of every image, with its elements of x in row-major order. */
function forEachChannel(
  xShape: readonly number[],
  options: GlobalPool2dOptions,
  visit: (channel: number, elements: readonly number[]) => void,
): void {
  const image = imageView(xShape, options.layout);
  const view = imageView(globalPool2dOutputShape(xShape, options), options.layout);
  forEachElement(view, (n, _h, _w, c) => {
    const pixels = Array.from({ length: image.h * image.w }, (_, pixel) => pixel);
    const elements = pixels.map((pixel) => image.index(n, Math.floor(pixel / image.w), pixel % image.w, c));
    visit(view.index(n, 0, 0, c), elements);
  });
}

/** dx: every mean sends dy / (H · W) to each of its pixels. */
export function globalAveragePool2dBackward(
  inputShape: readonly number[],
  dy: Operand,
  options: GlobalPool2dOptions = {},
): Expected {
  const image = imageView(inputShape, options.layout);
  const dyShape = globalPool2dOutputShape(inputShape, options);
  const dyValues = valuesOf("dy", dy, dyShape);
  const view = imageView(dyShape, options.layout);
  const dx = new TermSums(inputShape);
  forEachElement(image, (n, h, w, c) => {
    dx.add(image.index(n, h, w, c), valueAt(dyValues, view.index(n, 0, 0, c)) / (image.h * image.w));
  });
  return dx;
}
