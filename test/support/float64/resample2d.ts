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
import { type Pair, pair } from "./window.js";

export interface Resample2dOptions {
  readonly sizes?: Pair;
  readonly scales?: Pair;
  readonly mode: "nearest";
  readonly layout?: ImageLayout;
}

/** The shape of y, and of dy. */
export function resample2dOutputShape(xShape: readonly number[], options: Resample2dOptions): readonly number[] {
  const x = imageView(xShape, options.layout);
  const [vertical, horizontal] = pair(options.scales ?? 1);
  const [p, q] = pair(options.sizes ?? [Math.floor(x.h * vertical), Math.floor(x.w * horizontal)]);
  return imageShape(options.layout ?? "nhwc", x.n, p, q, x.c);
}

/** The input position nearest to the centre of an output: of two that are as near, the first. */
function source(position: number, outputs: number, extent: number): number {
  // Distances times 2 · outputs, so that they are whole numbers.
  const distance = (i: number) => Math.abs((2 * position + 1) * extent - (2 * i + 1) * outputs);
  let nearest = 0;
  for (let i = 1; i < extent; i++) if (distance(i) < distance(nearest)) nearest = i;
  return nearest;
}

function forEachOutput(x: ImageView, y: ImageView, visit: (yIndex: number, xIndex: number) => void): void {
  const rows = Array.from({ length: y.h }, (_, p) => source(p, y.h, x.h));
  const columns = Array.from({ length: y.w }, (_, q) => source(q, y.w, x.w));
  forEachElement(y, (n, p, q, c) => visit(y.index(n, p, q, c), x.index(n, rows[p] ?? 0, columns[q] ?? 0, c)));
}

/** y: copies of the nearest elements of x, exactly. */
export function resample2d(x: Operand, options: Resample2dOptions): Expected {
  const yShape = resample2dOutputShape(x.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const y = new Float64Array(sizeOf(yShape));
  forEachOutput(imageView(x.shape, options.layout), imageView(yShape, options.layout), (yIndex, xIndex) => {
    y[yIndex] = valueAt(xValues, xIndex);
  });
  return exact(yShape, y);
}

/** dx: every output sends dy to the input that it shows. */
export function resample2dBackward(inputShape: readonly number[], dy: Operand, options: Resample2dOptions): Expected {
  const dyShape = resample2dOutputShape(inputShape, options);
  const dyValues = valuesOf("dy", dy, dyShape);
  const dx = new TermSums(inputShape);
  forEachOutput(imageView(inputShape, options.layout), imageView(dyShape, options.layout), (yIndex, xIndex) => {
    dx.add(xIndex, valueAt(dyValues, yIndex));
  });
  return dx;
}
