import {
  at,
  type Expected,
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
import { type Pair, pair, type Sides, sides } from "./window.js";

export type TransposedFilterLayout = "hwoi" | "iohw" | "ohwi" | "hwio";

export interface ConvTranspose2dWalkOptions {
  readonly strides?: Pair;
  readonly padding?: number | Sides | "same" | "valid";
  readonly dilations?: Pair;
  readonly groups?: number;
  readonly outputPadding?: Pair;
  readonly outputSizes?: Pair;
  readonly inputLayout?: ImageLayout;
  readonly filterLayout?: TransposedFilterLayout;
}

export interface ConvTranspose2dOptions extends ConvTranspose2dWalkOptions {
  /** [C_out] */
  readonly bias?: Operand;
  readonly activation?: "none" | "relu";
}

interface Geometry {
  readonly x: ImageView;
  readonly y: ImageView;
  readonly yShape: readonly number[];
  readonly window: readonly [number, number];
  readonly outputsPerGroup: number;
  wIndex(r: number, s: number, o: number, i: number): number;
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly begin: readonly [number, number];
  readonly groups: number;
}

function geometry(xShape: readonly number[], wShape: readonly number[], options: ConvTranspose2dWalkOptions): Geometry {
  const layout = options.inputLayout ?? "nhwc";
  const filterLayout = options.filterLayout ?? "hwoi";
  const x = imageView(xShape, layout);
  const groups = options.groups ?? 1;
  const letter = (name: string) => {
    const position = filterLayout.indexOf(name);
    return { extent: at(wShape, position), stride: sizeOf(wShape.slice(position + 1)) };
  };
  const [r, s, o, i] = [letter("h"), letter("w"), letter("o"), letter("i")];
  if (i.extent !== x.c || x.c % groups !== 0) throw new Error(`oracle: ${i.extent} input channels for ${x.c}`);
  const window = [r.extent, s.extent] as const;
  const [strides, dilations] = [pair(options.strides ?? 1), pair(options.dilations ?? 1)];
  const outputPadding = pair(options.outputPadding ?? 0);
  const padding = options.padding ?? 0;
  const along = (direction: 0 | 1) => {
    const input = direction === 0 ? x.h : x.w;
    const whole = (input - 1) * strides[direction] + (window[direction] - 1) * dilations[direction] + 1;
    const asked = options.outputSizes === undefined ? undefined : pair(options.outputSizes)[direction];
    if (padding === "same") {
      const output = asked ?? input * strides[direction];
      return { output, begin: Math.floor(Math.max(whole - output, 0) / 2) };
    }
    const [top, bottom, left, right] = sides(padding === "valid" ? 0 : padding);
    const [begin, end] = direction === 0 ? [top, bottom] : [left, right];
    return { output: asked ?? whole - begin - end + outputPadding[direction], begin };
  };
  const [height, width] = [along(0), along(1)];
  if (height.output < 1 || width.output < 1) throw new RangeError("oracle: no output is left");
  const yShape = imageShape(layout, x.n, height.output, width.output, o.extent * groups);
  return {
    x,
    y: imageView(yShape, layout),
    yShape,
    window,
    outputsPerGroup: o.extent,
    wIndex: (a, b, c, d) => a * r.stride + b * s.stride + c * o.stride + d * i.stride,
    strides,
    dilations,
    begin: [height.begin, width.begin],
    groups,
  };
}

/** Visits every product x[xIndex] · w[wIndex] that is added into y[yIndex]. Products beyond the edges of y are left out. */
function forEachProduct(g: Geometry, visit: (yIndex: number, xIndex: number, wIndex: number) => void): void {
  const inputsPerGroup = g.x.c / g.groups;
  forEachElement(g.x, (n, p, q, i) => {
    const group = Math.floor(i / inputsPerGroup);
    for (let r = 0; r < g.window[0]; r++)
      for (let s = 0; s < g.window[1]; s++) {
        const h = p * g.strides[0] + r * g.dilations[0] - g.begin[0];
        const w = q * g.strides[1] + s * g.dilations[1] - g.begin[1];
        if (h < 0 || h >= g.y.h || w < 0 || w >= g.y.w) continue;
        for (let o = 0; o < g.outputsPerGroup; o++) {
          visit(g.y.index(n, h, w, group * g.outputsPerGroup + o), g.x.index(n, p, q, i), g.wIndex(r, s, o, i));
        }
      }
  });
}

/** The shape of y, and of dy. */
export function convTranspose2dOutputShape(
  xShape: readonly number[],
  wShape: readonly number[],
  options: ConvTranspose2dWalkOptions = {},
): readonly number[] {
  return geometry(xShape, wShape, options).yShape;
}

/** Whether the padding leaves any output. */
export function leavesAnOutput(
  xShape: readonly number[],
  wShape: readonly number[],
  options: ConvTranspose2dWalkOptions,
): boolean {
  try {
    geometry(xShape, wShape, options);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The multiplications of one pass, including those that are left out. */
export function convTranspose2dProducts(
  xShape: readonly number[],
  wShape: readonly number[],
  options: ConvTranspose2dWalkOptions,
): number {
  const { window, outputsPerGroup } = geometry(xShape, wShape, options);
  return sizeOf(xShape) * window[0] * window[1] * outputsPerGroup;
}

/** y: every element of x adds the filter, times its value, to y. The bias is added too. */
export function convTranspose2d(x: Operand, w: Operand, options: ConvTranspose2dOptions = {}): Expected {
  const g = geometry(x.shape, w.shape, options);
  const [xValues, wValues] = [valuesOf("x", x, x.shape), valuesOf("w", w, w.shape)];
  const y = new TermSums(g.yShape);
  if (options.bias) {
    const bias = valuesOf("bias", options.bias, [g.y.c]);
    forEachElement(g.y, (n, h, w, c) => y.add(g.y.index(n, h, w, c), valueAt(bias, c)));
  }
  forEachProduct(g, (yIndex, xIndex, wIndex) => y.add(yIndex, valueAt(xValues, xIndex) * valueAt(wValues, wIndex)));
  if (options.activation !== "relu") return y;
  return { ...y, values: y.values.map((value) => (value < 0 ? 0 : value)) };
}

/** dx, dw and db: every output sends its terms to its elements of the three. */
export function convTranspose2dBackward(
  x: Operand,
  w: Operand,
  dy: Operand,
  options: ConvTranspose2dWalkOptions = {},
): { dx: Expected; dw: Expected; db: Expected } {
  const g = geometry(x.shape, w.shape, options);
  const [xValues, wValues] = [valuesOf("x", x, x.shape), valuesOf("w", w, w.shape)];
  const dyValues = valuesOf("dy", dy, g.yShape);
  const [dx, dw, db] = [new TermSums(x.shape), new TermSums(w.shape), new TermSums([g.y.c])];
  forEachProduct(g, (yIndex, xIndex, wIndex) => {
    dx.add(xIndex, valueAt(wValues, wIndex) * valueAt(dyValues, yIndex));
    dw.add(wIndex, valueAt(xValues, xIndex) * valueAt(dyValues, yIndex));
  });
  forEachElement(g.y, (n, h, w, c) => db.add(c, valueAt(dyValues, g.y.index(n, h, w, c))));
  return { dx, dw, db };
}
