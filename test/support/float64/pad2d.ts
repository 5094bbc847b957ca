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
import { type Sides, sides } from "./window.js";

export type PadMode = "constant" | "reflection" | "symmetric" | "edge";

export interface Pad2dOptions {
  readonly padding: number | Sides;
  readonly mode?: PadMode;
  readonly value?: number;
  readonly layout?: ImageLayout;
}

interface Geometry {
  readonly x: ImageView;
  readonly y: ImageView;
  readonly yShape: readonly number[];
  readonly beginHeight: number;
  readonly beginWidth: number;
  readonly mode: PadMode;
}

function geometry(xShape: readonly number[], options: Pad2dOptions): Geometry {
  const layout = options.layout ?? "nhwc";
  const mode = options.mode ?? "constant";
  const x = imageView(xShape, layout);
  const [beginHeight, endHeight, beginWidth, endWidth] = sides(options.padding);
  if (mode === "reflection" && (Math.max(beginHeight, endHeight) >= x.h || Math.max(beginWidth, endWidth) >= x.w)) {
    throw new Error(`oracle: [${sides(options.padding).join(", ")}] reflects past [${xShape.join(", ")}]`);
  }
  if (mode === "symmetric" && (Math.max(beginHeight, endHeight) > x.h || Math.max(beginWidth, endWidth) > x.w)) {
    throw new Error(`oracle: [${sides(options.padding).join(", ")}] mirrors past [${xShape.join(", ")}]`);
  }
  const yShape = imageShape(layout, x.n, beginHeight + x.h + endHeight, beginWidth + x.w + endWidth, x.c);
  return { x, y: imageView(yShape, layout), yShape, beginHeight, beginWidth, mode };
}

/** The input position that a padded position shows along one axis, or undefined if it shows the constant. */
function source(position: number, extent: number, mode: PadMode): number | undefined {
  if (position >= 0 && position < extent) return position;
  if (mode === "constant") return undefined;
  if (mode === "edge") return position < 0 ? 0 : extent - 1;
  if (mode === "symmetric") return position < 0 ? -position - 1 : extent - 1 - (position - extent);
  return position < 0 ? -position : 2 * (extent - 1) - position;
}

/** Visits every output with the input that it shows, or with undefined if it shows the constant. */
function forEachOutput(g: Geometry, visit: (yIndex: number, xIndex: number | undefined) => void): void {
  forEachElement(g.y, (n, p, q, c) => {
    const h = source(p - g.beginHeight, g.x.h, g.mode);
    const w = source(q - g.beginWidth, g.x.w, g.mode);
    visit(g.y.index(n, p, q, c), h === undefined || w === undefined ? undefined : g.x.index(n, h, w, c));
  });
}

/** The shape of y, and of dy. */
export function pad2dOutputShape(xShape: readonly number[], options: Pad2dOptions): readonly number[] {
  return geometry(xShape, options).yShape;
}

/** y: copies of x, and of the constant as float32 stores it, exactly. */
export function pad2d(x: Operand, options: Pad2dOptions): Expected {
  const g = geometry(x.shape, options);
  const xValues = valuesOf("x", x, x.shape);
  const constant = Math.fround(options.value ?? 0);
  const y = new Float64Array(sizeOf(g.yShape));
  forEachOutput(g, (yIndex, xIndex) => {
    y[yIndex] = xIndex === undefined ? constant : valueAt(xValues, xIndex);
  });
  return exact(g.yShape, y);
}

/** dx: every output sends dy to the input that it shows. */
export function pad2dBackward(inputShape: readonly number[], dy: Operand, options: Pad2dOptions): Expected {
  const g = geometry(inputShape, options);
  const dyValues = valuesOf("dy", dy, g.yShape);
  const dx = new TermSums(inputShape);
  forEachOutput(g, (yIndex, xIndex) => {
    if (xIndex !== undefined) dx.add(xIndex, valueAt(dyValues, yIndex));
  });
  return dx;
}

export interface CropOptions {
  readonly cropping: number | Sides;
  readonly layout?: ImageLayout;
}

/** The shape of y, and of dy. */
export function cropOutputShape(xShape: readonly number[], { cropping, layout = "nhwc" }: CropOptions): number[] {
  const { n, h, w, c } = imageView(xShape, layout);
  const [beginHeight, endHeight, beginWidth, endWidth] = sides(cropping);
  return imageShape(layout, n, h - beginHeight - endHeight, w - beginWidth - endWidth, c);
}

/** y: the middle of x, exactly. */
export function crop(x: Operand, options: CropOptions): Expected {
  const xValues = valuesOf("x", x, x.shape);
  const yShape = cropOutputShape(x.shape, options);
  const y = new Float64Array(sizeOf(yShape));
  forEachOfCrop(x.shape, options, (yIndex, xIndex) => {
    y[yIndex] = valueAt(xValues, xIndex);
  });
  return exact(yShape, y);
}

/** dx: every output sends dy to the input that it shows, exactly. */
export function cropBackward(inputShape: readonly number[], dy: Operand, options: CropOptions): Expected {
  const dyValues = valuesOf("dy", dy, cropOutputShape(inputShape, options));
  const dx = new Float64Array(sizeOf(inputShape));
  forEachOfCrop(inputShape, options, (yIndex, xIndex) => {
    dx[xIndex] = valueAt(dyValues, yIndex);
  });
  return exact(inputShape, dx);
}

function forEachOfCrop(
  xShape: readonly number[],
  options: CropOptions,
  visit: (yIndex: number, xIndex: number) => void,
): void {
  const x = imageView(xShape, options.layout);
  const y = imageView(cropOutputShape(xShape, options), options.layout);
  const [beginHeight, , beginWidth] = sides(options.cropping);
  forEachElement(y, (n, p, q, c) => visit(y.index(n, p, q, c), x.index(n, p + beginHeight, q + beginWidth, c)));
}
