import {
  at,
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
import { type Pair, pair } from "./window.js";

export interface CropAndResizeOptions {
  readonly size: Pair;
  readonly mode?: "bilinear" | "nearest";
  readonly extrapolationValue?: number;
  readonly layout?: ImageLayout;
}

/** The shape of y, and of dy. */
export function cropAndResizeOutputShape(
  imagesShape: readonly number[],
  boxes: Operand,
  { size, layout = "nhwc" }: CropAndResizeOptions,
): number[] {
  const [p, q] = pair(size);
  return imageShape(layout, at(boxes.shape, 0), p, q, imageView(imagesShape, layout).c);
}

/** The point of an output along one axis, in pixels: TensorFlow's formula, in float64. */
function pointOf(begin: number, end: number, output: number, outputs: number, extent: number): number {
  if (outputs === 1) return 0.5 * (begin + end) * (extent - 1);
  return begin * (extent - 1) + (output * (end - begin) * (extent - 1)) / (outputs - 1);
}

interface Weight {
  readonly position: number;
  readonly weight: number;
  /** The largest change of the weight by a rounding error of the point. */
  readonly error: number;
}

/** The pixels at a point: "outside" if there is none, "doubtful" if a rounding error may decide. */
function weightsOf(
  [begin, end]: readonly [number, number],
  [output, outputs]: readonly [number, number],
  extent: number,
  nearest: boolean,
): readonly Weight[] | "outside" | "doubtful" {
  const last = extent - 1;
  const computed = pointOf(begin, end, output, outputs, extent);
  // Corners of few digits have exact points. The error of float64 is below this.
  const isExact = [begin, end].every((corner) => Number.isInteger(1024 * corner));
  const half = Math.round(2 * computed) / 2;
  const point = isExact && Math.abs(computed - half) < 2 ** -40 ? half : computed;
  const error = 4 * 2 ** -24 * (Math.abs(begin) + Math.abs(end)) * last + 2 ** -100;
  const isAt = (value: number) => !isExact && Math.abs(point - value) <= error;
  if (last > 0 && (isAt(0) || isAt(last))) return "doubtful";
  if (!(point >= 0 && point <= last)) return "outside";
  if (nearest) {
    if (isAt(Math.floor(point) + 0.5)) return "doubtful";
    return [{ position: Math.floor(point + 0.5), weight: 1, error: 0 }];
  }
  return Array.from({ length: extent }, (_, position) => position)
    .map((position) => ({ position, weight: Math.max(0, weightOf(position, point)), error }))
    .filter(({ position, weight }) => weight > 0 || Math.abs(point - position) <= 1 + error);
}

/** 1 − |point − position|, without losing the digits of a point that lies close to the pixel before. */
function weightOf(position: number, point: number): number {
  return position > point ? point - (position - 1) : 1 - (point - position);
}

function forEachOutput(
  imagesShape: readonly number[],
  boxes: Operand,
  boxIndices: Operand,
  options: CropAndResizeOptions,
  visit: (yIndex: number, terms: "unknown" | "outside" | "doubtful" | readonly (Weight & { index: number })[]) => void,
): void {
  const x = imageView(imagesShape, options.layout);
  const y = imageView(cropAndResizeOutputShape(imagesShape, boxes, options), options.layout);
  const nearest = options.mode === "nearest";
  forEachElement(y, (b, p, q, c) => {
    const index = y.index(b, p, q, c);
    const n = at(boxIndices.data, b);
    if (!(Number.isInteger(n) && n >= 0 && n < x.n)) return visit(index, "unknown");
    const [y1 = 0, x1 = 0, y2 = 0, x2 = 0] = boxes.data.slice(4 * b, 4 * b + 4);
    const rows = weightsOf([y1, y2], [p, y.h], x.h, nearest);
    const columns = weightsOf([x1, x2], [q, y.w], x.w, nearest);
    if (rows === "outside" || columns === "outside") return visit(index, "outside");
    if (rows === "doubtful" || columns === "doubtful") return visit(index, "doubtful");
    const terms = rows.flatMap((row) =>
      columns.map((column) => ({
        position: row.position,
        index: x.index(n, row.position, column.position, c),
        weight: row.weight * column.weight,
        error: row.error + column.error,
      })),
    );
    visit(index, terms);
  });
}

/** K of a product of a value and two weights, each a quotient. */
const TERMS_OF_PRODUCT = 3;
/** The bound's factor, which the error of a point does not need. */
const BOUND = 6 * 4 * TERMS_OF_PRODUCT * 2 ** -24;

/** y: mixtures of pixels, and NaN for boxes without an image. Nothing is expected if a rounding error decides. */
export function cropAndResize(
  images: Operand,
  boxes: Operand,
  boxIndices: Operand,
  options: CropAndResizeOptions,
): Expected {
  const values = valuesOf("images", images, images.shape);
  const y = new TermSums(cropAndResizeOutputShape(images.shape, boxes, options));
  forEachOutput(images.shape, boxes, boxIndices, options, (yIndex, terms) => {
    if (terms === "unknown") y.values[yIndex] = Number.NaN;
    else if (terms === "outside") y.values[yIndex] = Math.fround(options.extrapolationValue ?? 0);
    else if (terms === "doubtful") y.magnitude[yIndex] = Number.POSITIVE_INFINITY;
    else {
      for (const { index, weight, error } of terms) {
        if (weight > 0) y.add(yIndex, weight * valueAt(values, index));
        y.magnitude[yIndex] = valueAt(y.magnitude, yIndex) + (error * Math.abs(valueAt(values, index))) / BOUND;
      }
    }
    y.terms[yIndex] = 4 * TERMS_OF_PRODUCT;
  });
  return y;
}

/** dimages: every output sends dy to the pixels that it shows. */
export function cropAndResizeBackward(
  imagesShape: readonly number[],
  dy: Operand,
  boxes: Operand,
  boxIndices: Operand,
  options: CropAndResizeOptions,
): Expected {
  const dyValues = valuesOf("dy", dy, cropAndResizeOutputShape(imagesShape, boxes, options));
  const dimages = new TermSums(imagesShape);
  let doubtful = false;
  forEachOutput(imagesShape, boxes, boxIndices, options, (yIndex, terms) => {
    if (terms === "doubtful") doubtful = true;
    else if (typeof terms !== "string") {
      for (const { index, weight, error } of terms) {
        const value = valueAt(dyValues, yIndex);
        if (weight > 0) dimages.add(index, weight * value);
        dimages.magnitude[index] = valueAt(dimages.magnitude, index) + (error * Math.abs(value)) / BOUND;
      }
    }
  });
  dimages.terms.set(dimages.terms.map((terms) => TERMS_OF_PRODUCT * Math.max(terms, 4)));
  if (doubtful) dimages.magnitude.fill(Number.POSITIVE_INFINITY);
  return dimages;
}
