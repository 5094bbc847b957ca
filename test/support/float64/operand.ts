/** A tensor for the oracle: row-major values and their extents. */
export interface Operand {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/** The oracle's values and bounds for one output tensor, element by element, row-major. */
export interface Expected {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** Σ|terms| of each element. */
  readonly magnitude: Float64Array;
  /** K of each element: the number of summed terms, including zeros of the padding. 0: the value must be exact. */
  readonly terms: Float64Array;
  /** Whether the terms are added in pairs. Then the error grows with log K. */
  readonly paired?: boolean;
}

export type ImageLayout = "nhwc" | "nchw";
export type FilterLayout = "hwio" | "oihw" | "ohwi" | "ihwo";

/** x, y, dx and dy by their names: four extents and the row-major index of an element. */
export interface ImageView {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  index(n: number, h: number, w: number, c: number): number;
}

/** w and dw by their names: `c` counts the input channels of one group, `k` all output channels. */
export interface FilterView {
  readonly r: number;
  readonly s: number;
  readonly c: number;
  readonly k: number;
  index(r: number, s: number, c: number, k: number): number;
}

/** array[index], which must exist. */
export function at(array: ArrayLike<number>, index: number): number {
  const value = array[index];
  if (value === undefined) throw new RangeError(`index ${index} is outside of 0 … ${array.length - 1}`);
  return value;
}

/** values[index], which must exist: `at` for inner loops. With one array type it is several times faster. */
export function valueAt(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} is outside of 0 … ${values.length - 1}`);
  return value;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/**
 * The operand's values in float64.
 * @throws unless it has this shape and the right number of values: a mistake in the test, not in the library
 */
export function valuesOf(name: string, operand: Operand, shape: readonly number[]): Float64Array {
  if (operand.shape.join() !== shape.join()) {
    throw new Error(`oracle: ${name} is [${operand.shape.join(", ")}], expected [${shape.join(", ")}]`);
  }
  if (operand.data.length !== sizeOf(shape)) {
    throw new Error(`oracle: ${name} has ${operand.data.length} values, expected ${sizeOf(shape)}`);
  }
  return Float64Array.from(operand.data);
}

/** The extent of a lettered axis, and the distance between neighbours along it. */
function axis(shape: readonly number[], layout: string, letter: string): { extent: number; stride: number } {
  if (shape.length !== layout.length) throw new Error(`oracle: [${shape.join(", ")}] is not ${layout}`);
  const position = layout.indexOf(letter);
  return { extent: at(shape, position), stride: sizeOf(shape.slice(position + 1)) };
}

export function imageView(shape: readonly number[], layout: ImageLayout = "nhwc"): ImageView {
  const [N, H, W, C] = ["n", "h", "w", "c"].map((letter) => axis(shape, layout, letter));
  if (!N || !H || !W || !C) throw new Error("unreachable: four letters give four axes");
  return {
    n: N.extent,
    h: H.extent,
    w: W.extent,
    c: C.extent,
    index: (n, h, w, c) => n * N.stride + h * H.stride + w * W.stride + c * C.stride,
  };
}

export function filterView(shape: readonly number[], layout: FilterLayout = "hwio"): FilterView {
  const [R, S, C, K] = ["h", "w", "i", "o"].map((letter) => axis(shape, layout, letter));
  if (!R || !S || !C || !K) throw new Error("unreachable: four letters give four axes");
  return {
    r: R.extent,
    s: S.extent,
    c: C.extent,
    k: K.extent,
    index: (r, s, c, k) => r * R.stride + s * S.stride + c * C.stride + k * K.stride,
  };
}

/** Visits every element of an image in either layout, with channels innermost. */
export function forEachElement(image: ImageView, visit: (n: number, h: number, w: number, c: number) => void): void {
  for (let n = 0; n < image.n; n++)
    for (let h = 0; h < image.h; h++)
      for (let w = 0; w < image.w; w++) for (let c = 0; c < image.c; c++) visit(n, h, w, c);
}

/** The shape of an image in its layout. */
export function imageShape(layout: ImageLayout, n: number, h: number, w: number, c: number): number[] {
  return layout === "nhwc" ? [n, h, w, c] : [n, c, h, w];
}

/** The shape of a filter in its layout. */
export function filterShape(layout: FilterLayout, r: number, s: number, c: number, k: number): number[] {
  const extents = new Map(Object.entries({ h: r, w: s, i: c, o: k }));
  return [...layout].map((letter) => extents.get(letter) ?? 0);
}

/** Values at equal distances. */
export interface Run {
  readonly values: Float64Array;
  readonly start: number;
  readonly step: number;
}

/** An output tensor under construction. Terms are added to its elements one by one. */
export class TermSums implements Expected {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
  readonly terms: Float64Array;

  constructor(
    shape: readonly number[],
    readonly paired = false,
  ) {
    this.shape = shape;
    this.values = new Float64Array(sizeOf(shape));
    this.magnitude = new Float64Array(this.values.length);
    this.terms = new Float64Array(this.values.length);
  }

  add(index: number, term: number): void {
    this.values[index] = valueAt(this.values, index) + term;
    this.magnitude[index] = valueAt(this.magnitude, index) + Math.abs(term);
    this.terms[index] = valueAt(this.terms, index) + 1;
  }

  /** Adds the products of `count` pairs of factors to one element, in order. Much faster than `add` from another module. */
  addProducts(index: number, a: Run, b: Run, count: number): void {
    for (let i = 0; i < count; i++) {
      this.add(index, valueAt(a.values, a.start + i * a.step) * valueAt(b.values, b.start + i * b.step));
    }
  }

  /** Adds a multiple of each of `count` factors to an element of its own. */
  addMultiples(start: number, step: number, factor: number, of: Run, count: number): void {
    for (let i = 0; i < count; i++) this.add(start + i * step, factor * valueAt(of.values, of.start + i * of.step));
  }
}

/** An output of copies, not sums. Nothing is rounded, and each element must be exact. */
export function exact(shape: readonly number[], values: Float64Array): Expected {
  return { shape, values, magnitude: values.map(Math.abs), terms: new Float64Array(values.length) };
}
