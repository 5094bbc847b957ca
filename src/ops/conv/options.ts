import { OptionError, ShapeError } from "../../core/errors.js";
import {
  type Conv2dGeometry,
  extentOf,
  type FilterLayout,
  inLayout,
  type Layout,
  type OutputShapeRounding,
  windowGeometry,
} from "../../core/geometry.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import { checkShape4, sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { type AlgorithmRequest, FAMILIES } from "./families/index.js";

/** The options of {@link conv2d} and its gradients. */
export interface Conv2dOptions {
  /** float32 [K], added to every output of its channel. 0 if left out. Ignored by the backward functions. */
  readonly bias?: Tensor | undefined;
  /** The stride: the distance between neighbouring windows, in elements of x. 1 if left out. */
  readonly strides?: Pair | undefined;
  /**
   * The rows and columns of zeros around x. 0 if left out. `"same"`: as many as ⌈extent / stride⌉ outputs need. If
   * their number is odd, the extra one is at the end. `"valid"`: none.
   */
  readonly padding?: Padding | undefined;
  /** The dilation: the distance in x between neighbouring elements of the filter. 1 if left out. */
  readonly dilations?: Pair | undefined;
  /**
   * The number of groups. Each output channel sees the C / groups input channels of its group. The output channels of a
   * group are neighbours. With C groups, the convolution is depthwise. 1 if left out.
   */
  readonly groups?: number | undefined;
  /** The order of the axes of x, dx, y and dy: "nhwc" (default) or "nchw". */
  readonly inputLayout?: Layout | undefined;
  /** The order of the axes of w and dw. "hwio" if left out, as in Keras (PyTorch and ONNX: "oihw"). */
  readonly filterLayout?: FilterLayout | undefined;
  /**
   * How to round a number of windows that is not whole: "floor" (default) or "ceil". With "ceil", a window may overhang
   * the declared padding. In every pass, the overhang is zero padding.
   */
  readonly outputShapeRounding?: OutputShapeRounding | undefined;
  /** Applied to the output; NaN stays NaN. "none" if left out, and the backward functions take no other value. */
  readonly activation?: "none" | "relu" | undefined;
  /**
   * The kernel family. "auto" (default) takes the best one. If a named family cannot compute the geometry, "auto"
   * chooses. "winogradF2x3" (forward and dx of 3×3 filters, stride 1) has a wider error bound. Its errors are relative
   * to a 4×4 tile of the input, not to a window. A NaN or an infinity reaches all outputs of the tiles that hold it.
   */
  readonly algorithm?: AlgorithmRequest | undefined;
}

const KNOWN = [
  "bias",
  "strides",
  "padding",
  "dilations",
  "groups",
  "inputLayout",
  "filterLayout",
  "outputShapeRounding",
  "activation",
  "algorithm",
];

/** A shape, and the caller's name for it. */
export interface Named {
  readonly name: string;
  readonly shape: unknown;
}

/** A convolution with its options read and its shapes checked against each other. */
export interface Conv2dCall {
  readonly geometry: Conv2dGeometry;
  readonly relu: boolean;
  readonly algorithm: AlgorithmRequest;
  readonly inputLayout: Layout;
  readonly filterLayout: FilterLayout;
}

/**
 * Reads the options of a convolution or one of its gradients.
 *
 * @param x the shape of the input; `w` is the shape of the filter
 * @throws OptionError, ShapeError
 */
export function readConv2d(
  operator: string,
  pass: "forward" | "backward",
  x: Named,
  w: Named,
  options: Conv2dOptions,
): Conv2dCall {
  const { inputLayout, filterLayout, relu, algorithm, groups, ...sliding } = readOptions(operator, pass, options);
  const xShape = checkShape4(operator, x.name, x.shape, inputLayout);
  const wShape = checkShape4(operator, w.name, w.shape, filterLayout);
  const both = `${x.name} [${xShape.join(", ")}] ${inputLayout}, ${w.name} [${wShape.join(", ")}] ${filterLayout}`;
  const c = extentOf(xShape, inputLayout, "c");
  const k = extentOf(wShape, filterLayout, "o");
  const cPerGroup = extentOf(wShape, filterLayout, "i");
  if (c % groups !== 0) {
    throw new ShapeError(
      `${operator}: ${x.name} has ${c} channels, expected a multiple of groups = ${groups} (${both})`,
    );
  }
  if (k % groups !== 0) {
    throw new ShapeError(
      `${operator}: ${w.name} has ${k} output channels, expected a multiple of groups = ${groups} (${both})`,
    );
  }
  if (cPerGroup !== c / groups) {
    throw new ShapeError(
      `${operator}: ${w.name} has ${cPerGroup} input channels, expected C / groups = ${c} / ${groups} = ${c / groups} (${both})`,
    );
  }
  const input = {
    n: extentOf(xShape, inputLayout, "n"),
    h: extentOf(xShape, inputLayout, "h"),
    w: extentOf(xShape, inputLayout, "w"),
    c,
  };
  const window = [extentOf(wShape, filterLayout, "h"), extentOf(wShape, filterLayout, "w")] as const;
  return {
    geometry: windowGeometry(operator, input, { window, ...sliding }, k, groups),
    relu,
    algorithm,
    inputLayout,
    filterLayout,
  };
}

/** Reads all options, whether the pass needs them or not. @throws OptionError */
export function readOptions(operator: string, pass: "forward" | "backward", options: Conv2dOptions) {
  const reader = new OptionReader(operator, options, KNOWN);
  const activation = reader.word("activation", ["none", "relu"], "none");
  if (pass === "backward" && activation !== "none") {
    throw new OptionError(
      `${operator}: activation is "${activation}", expected "none": its gradient needs the forward's output; apply it to dy first`,
    );
  }
  return {
    algorithm: reader.word("algorithm", ["auto", ...FAMILIES.map(({ name }) => name)], "auto"),
    inputLayout: reader.word("inputLayout", ["nhwc", "nchw"], "nhwc"),
    filterLayout: reader.word("filterLayout", ["hwio", "oihw", "ohwi", "ihwo"], "hwio"),
    relu: activation === "relu",
    strides: reader.pair("strides", 1, [1, 1]),
    dilations: reader.pair("dilations", 1, [1, 1]),
    padding: reader.padding(),
    groups: reader.integer("groups", 1, 1),
    rounding: reader.rounding(),
  };
}

/** @throws ShapeError if dy does not have the shape of the forward's output */
export function checkConv2dGradient(operator: string, dy: Tensor, { geometry: g, inputLayout }: Conv2dCall): void {
  const expected = inLayout([g.n, g.p, g.q, g.k], "nhwc", inputLayout);
  if (sameShape(dy.shape, expected)) return;
  throw new ShapeError(
    `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${expected.join(", ")}] ${inputLayout} (input ${g.h}×${g.w}×${g.c}, filter ${g.r}×${g.s}, strides ${g.strideHeight}, ${g.strideWidth})`,
  );
}
