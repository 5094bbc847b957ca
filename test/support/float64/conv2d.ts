import {
  type Expected,
  type FilterLayout,
  type FilterView,
  filterView,
  forEachElement,
  type ImageLayout,
  type ImageView,
  imageShape,
  imageView,
  type Operand,
  type Run,
  TermSums,
  valueAt,
  valuesOf,
} from "./operand.js";
import { type Axis, resolveAxes, tap, type WindowOptions } from "./window.js";

/** The common part of the forward and every backward. */
export interface Conv2dWalkOptions extends WindowOptions {
  readonly groups?: number;
  readonly inputLayout?: ImageLayout;
  readonly filterLayout?: FilterLayout;
}

export interface Conv2dOptions extends Conv2dWalkOptions {
  /** [K] */
  readonly bias?: Operand;
  readonly activation?: "none" | "relu";
}

interface Geometry {
  readonly x: ImageView;
  readonly w: FilterView;
  readonly y: ImageView;
  readonly yShape: readonly number[];
  readonly height: Axis;
  readonly width: Axis;
  readonly groups: number;
}

function geometry(xShape: readonly number[], wShape: readonly number[], options: Conv2dWalkOptions): Geometry {
  const layout = options.inputLayout ?? "nhwc";
  const groups = options.groups ?? 1;
  const x = imageView(xShape, layout);
  const w = filterView(wShape, options.filterLayout);
  if (w.c * groups !== x.c || w.k % groups !== 0) {
    throw new Error(`oracle: [${xShape.join(", ")}] and [${wShape.join(", ")}] disagree in ${groups} groups`);
  }
  const [height, width] = resolveAxes([x.h, x.w], [w.r, w.s], options);
  const yShape = imageShape(layout, x.n, height.output, width.output, w.k);
  return { x, w, y: imageView(yShape, layout), yShape, height, width, groups };
}

/** The start of a tap in the padding. */
const PADDING = -1;

/** Where the products of one tap and one output lie: the input channels of a group. */
interface Tap {
  readonly yIndex: number;
  /** The first of x's, or PADDING: there x is a real zero. */
  readonly xStart: number;
  readonly wStart: number;
}

/** Visits the products x[xStart + c · xStep] · w[wStart + c · wStep] that the convolution adds into y[yIndex], tap by tap. */
function forEachTap(g: Geometry, visit: (tap: Tap) => void): void {
  const kPerGroup = g.w.k / g.groups;
  forEachElement(g.y, (n, p, q, k) => {
    const yIndex = g.y.index(n, p, q, k);
    const firstChannel = Math.floor(k / kPerGroup) * g.w.c;
    for (let r = 0; r < g.w.r; r++)
      for (let s = 0; s < g.w.s; s++) {
        const h = tap(g.height, p, r);
        const w = tap(g.width, q, s);
        const inside = h >= 0 && h < g.x.h && w >= 0 && w < g.x.w;
        const xStart = inside ? g.x.index(n, h, w, firstChannel) : PADDING;
        visit({ yIndex, xStart, wStart: g.w.index(r, s, 0, k) });
      }
  });
}

/** The distances between neighbouring input channels. */
const steps = (g: Geometry) => ({ xStep: g.x.index(0, 0, 0, 1), wStep: g.w.index(0, 0, 1, 0) });

const ZERO: Run = { values: new Float64Array(1), start: 0, step: 0 };

/** The values of x at a tap. */
const xRun = (values: Float64Array, start: number, step: number): Run =>
  start === PADDING ? ZERO : { values, start, step };

/** The shape of y, and of dy. */
export function conv2dOutputShape(
  xShape: readonly number[],
  wShape: readonly number[],
  options: Conv2dWalkOptions = {},
): readonly number[] {
  return geometry(xShape, wShape, options).yShape;
}

/** The multiplications of one pass, including those by the padding's zeros. */
export function conv2dProducts(
  xShape: readonly number[],
  wShape: readonly number[],
  options: Conv2dWalkOptions,
): number {
  const { y, w } = geometry(xShape, wShape, options);
  return y.n * y.h * y.w * w.k * w.r * w.s * w.c;
}

/** y: every output is its bias plus the products of its window. */
export function conv2d(x: Operand, w: Operand, options: Conv2dOptions = {}): Expected {
  const g = geometry(x.shape, w.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const wValues = valuesOf("w", w, w.shape);
  const y = new TermSums(g.yShape);
  const { bias } = options;
  if (bias !== undefined) {
    const biasValues = valuesOf("bias", bias, [g.w.k]);
    forEachElement(g.y, (n, p, q, k) => y.add(g.y.index(n, p, q, k), valueAt(biasValues, k)));
  }
  const { xStep, wStep } = steps(g);
  forEachTap(g, ({ yIndex, xStart, wStart }) => {
    const w = { values: wValues, start: wStart, step: wStep };
    y.addProducts(yIndex, xRun(xValues, xStart, xStep), w, g.w.c);
  });
  if (options.activation !== "relu") return y;
  return { ...y, values: y.values.map((value) => (value < 0 ? 0 : value)) };
}

/** dx: every output sends w · dy to the inputs that its window holds. */
export function conv2dBackwardInput(
  dy: Operand,
  w: Operand,
  inputShape: readonly number[],
  options: Conv2dWalkOptions = {},
): Expected {
  const g = geometry(inputShape, w.shape, options);
  const wValues = valuesOf("w", w, w.shape);
  const dyValues = valuesOf("dy", dy, g.yShape);
  const dx = new TermSums(inputShape);
  const { xStep, wStep } = steps(g);
  forEachTap(g, ({ yIndex, xStart, wStart }) => {
    const w = { values: wValues, start: wStart, step: wStep };
    if (xStart !== PADDING) dx.addMultiples(xStart, xStep, valueAt(dyValues, yIndex), w, g.w.c);
  });
  return dx;
}

/** dw: every output sends x · dy to the weights of its channel; in the padding x is a real zero. */
export function conv2dBackwardFilter(
  x: Operand,
  dy: Operand,
  filterShape: readonly number[],
  options: Conv2dWalkOptions = {},
): Expected {
  const g = geometry(x.shape, filterShape, options);
  const xValues = valuesOf("x", x, x.shape);
  const dyValues = valuesOf("dy", dy, g.yShape);
  const dw = new TermSums(filterShape);
  const { xStep, wStep } = steps(g);
  forEachTap(g, ({ yIndex, xStart, wStart }) =>
    dw.addMultiples(wStart, wStep, valueAt(dyValues, yIndex), xRun(xValues, xStart, xStep), g.w.c),
  );
  return dw;
}

/** db [K]: every output sends dy to the bias of its channel. */
export function conv2dBackwardBias(dy: Operand, options: Conv2dWalkOptions = {}): Expected {
  const dyValues = valuesOf("dy", dy, dy.shape);
  const y = imageView(dy.shape, options.inputLayout);
  const db = new TermSums([y.c], true);
  forEachElement(y, (n, p, q, k) => db.add(k, valueAt(dyValues, y.index(n, p, q, k))));
  return db;
}
