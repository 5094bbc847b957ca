import {
  type Expected,
  forEachElement,
  type ImageLayout,
  imageShape,
  imageView,
  type Operand,
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
  const y = new TermSums(globalPool2dOutputShape(x.shape, options));
  const view = imageView(y.shape, options.layout);
  forEachElement(image, (n, h, w, c) => {
    y.add(view.index(n, 0, 0, c), valueAt(xValues, image.index(n, h, w, c)) / (image.h * image.w));
  });
  return y;
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
