import {
  type Expected,
  exact,
  forEachElement,
  type ImageLayout,
  type ImageView,
  imageShape,
  imageView,
  type Operand,
  TermSums,
  valueAt,
  valuesOf,
} from "./operand.js";
import { type Pair, pair } from "./window.js";

export interface Resample2dOptions {
  readonly sizes?: Pair;
  readonly scales?: Pair;
  readonly mode: "nearest-neighbor" | "nearest" | "linear";
  readonly coordinates?: "halfPixel" | "alignCorners" | "asymmetric";
  readonly layout?: ImageLayout;
}

/** The shape of y, and of dy. */
export function resample2dOutputShape(xShape: readonly number[], options: Resample2dOptions): readonly number[] {
  const x = imageView(xShape, options.layout);
  const [vertical, horizontal] = pair(options.scales ?? 1);
  const [p, q] = pair(options.sizes ?? [Math.floor(x.h * vertical), Math.floor(x.w * horizontal)]);
  return imageShape(options.layout ?? "nhwc", x.n, p, q, x.c);
}

/** The input positions that an output shows along an axis, with their weights. */
type Weights = readonly (readonly [position: number, weight: number])[];

function weightsOf(output: number, outputs: number, extent: number, options: Resample2dOptions): Weights {
  const { mode, coordinates = "halfPixel" } = options;
  // The point in the input is over / below. Both are integers.
  const [over, below] = {
    halfPixel: [(2 * output + 1) * extent - outputs, 2 * outputs] as const,
    alignCorners: outputs === 1 ? ([0, 1] as const) : ([output * (extent - 1), outputs - 1] as const),
    asymmetric: [output * extent, outputs] as const,
  }[coordinates];
  const positions = Array.from({ length: extent }, (_, i) => i);
  if (mode === "linear") {
    // A pixel's weight falls linearly, to 0 at its neighbours. Points beyond the edge show the edge.
    const point = Math.min(Math.max(over, 0), (extent - 1) * below);
    const weights = positions.map((i) => [i, Math.max(0, below - Math.abs(point - i * below)) / below] as const);
    return weights.filter(([, weight]) => weight > 0);
  }
  if (coordinates === "asymmetric") return [[Math.max(...positions.filter((i) => i * below <= over)), 1]];
  // The nearest pixel. If two are equally near, the first.
  const distance = (i: number) => Math.abs(over - i * below);
  return [[positions.reduce((best, i) => (distance(i) < distance(best) ? i : best)), 1]];
}

function forEachTerm(
  x: ImageView,
  y: ImageView,
  options: Resample2dOptions,
  visit: (yIndex: number, xIndex: number, weight: number) => void,
): void {
  const rows = Array.from({ length: y.h }, (_, p) => weightsOf(p, y.h, x.h, options));
  const columns = Array.from({ length: y.w }, (_, q) => weightsOf(q, y.w, x.w, options));
  forEachElement(y, (n, p, q, c) => {
    for (const [h, rowWeight] of rows[p] ?? []) {
      for (const [w, columnWeight] of columns[q] ?? []) {
        visit(y.index(n, p, q, c), x.index(n, h, w, c), rowWeight * columnWeight);
      }
    }
  });
}

/** A linear weight is a quotient with its own error. K counts each product of a value and two weights three times. */
const TERMS_OF_PRODUCT = 3;

/** y: exact copies of the nearest elements of x, or mixtures. */
export function resample2d(x: Operand, options: Resample2dOptions): Expected {
  const yShape = resample2dOutputShape(x.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const [xView, yView] = [imageView(x.shape, options.layout), imageView(yShape, options.layout)];
  const y = new TermSums(yShape);
  forEachTerm(xView, yView, options, (yIndex, xIndex, weight) => y.add(yIndex, weight * valueAt(xValues, xIndex)));
  if (options.mode !== "linear") return exact(yShape, y.values);
  // One term is a copy.
  y.terms.set(y.terms.map((terms) => (terms === 1 ? 0 : 4 * TERMS_OF_PRODUCT)));
  return y;
}

/** dx: every output sends dy to the inputs that it shows. */
export function resample2dBackward(inputShape: readonly number[], dy: Operand, options: Resample2dOptions): Expected {
  const dyShape = resample2dOutputShape(inputShape, options);
  const dyValues = valuesOf("dy", dy, dyShape);
  const [xView, yView] = [imageView(inputShape, options.layout), imageView(dyShape, options.layout)];
  const dx = new TermSums(inputShape);
  forEachTerm(xView, yView, options, (yIndex, xIndex, weight) => dx.add(xIndex, weight * valueAt(dyValues, yIndex)));
  if (options.mode === "linear") dx.terms.set(dx.terms.map((terms) => TERMS_OF_PRODUCT * terms));
  return dx;
}
