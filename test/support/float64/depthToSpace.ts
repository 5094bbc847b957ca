import {
  type Expected,
  exact,
  forEachElement,
  type ImageLayout,
  imageShape,
  imageView,
  type Operand,
  sizeOf,
  valueAt,
  valuesOf,
} from "./operand.js";

export interface BlockOptions {
  readonly blockSize: number;
  readonly mode?: "DCR" | "CRD";
  readonly layout?: ImageLayout;
}

/** Visits every element of the wide image with the element of the deep image that it shows. */
function forEachPair(
  wideShape: readonly number[],
  { blockSize: b, mode = "DCR", layout = "nhwc" }: BlockOptions,
  visit: (wideIndex: number, deepIndex: number) => void,
): void {
  const wide = imageView(wideShape, layout);
  const deep = imageView(imageShape(layout, wide.n, wide.h / b, wide.w / b, wide.c * b * b), layout);
  forEachElement(wide, (n, h, w, c) => {
    const pixel = (h % b) * b + (w % b);
    const depth = mode === "DCR" ? pixel * wide.c + c : c * b * b + pixel;
    visit(wide.index(n, h, w, c), deep.index(n, Math.floor(h / b), Math.floor(w / b), depth));
  });
}

/** y: the channels of x spread over blocks of pixels, exactly. */
export function depthToSpace(x: Operand, options: BlockOptions): Expected {
  const { blockSize: b, layout = "nhwc" } = options;
  const { n, h, w, c } = imageView(x.shape, layout);
  const yShape = imageShape(layout, n, h * b, w * b, c / b ** 2);
  const xValues = valuesOf("x", x, x.shape);
  const y = new Float64Array(sizeOf(yShape));
  forEachPair(yShape, options, (wideIndex, deepIndex) => {
    y[wideIndex] = valueAt(xValues, deepIndex);
  });
  return exact(yShape, y);
}

/** y: the blocks of pixels of x gathered into channels, exactly. */
export function spaceToDepth(x: Operand, options: BlockOptions): Expected {
  const { blockSize: b, layout = "nhwc" } = options;
  const { n, h, w, c } = imageView(x.shape, layout);
  const xValues = valuesOf("x", x, x.shape);
  const y = new Float64Array(xValues.length);
  forEachPair(x.shape, options, (wideIndex, deepIndex) => {
    y[deepIndex] = valueAt(xValues, wideIndex);
  });
  return exact(imageShape(layout, n, h / b, w / b, c * b ** 2), y);
}
