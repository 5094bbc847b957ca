import { OptionError, ShapeError, show } from "../../core/errors.js";
import {
  type Conv2dGeometry,
  extentOf,
  type Layout,
  type PaddingRequest,
  windowGeometry,
} from "../../core/geometry.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import { checkShape4 } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { readImage } from "../kit/images.js";
import type { Named } from "./options.js";

/**
 * The order of the axes of a transposed convolution's filter. i: input channels, those of x. o: output channels of a
 * group.
 */
export type TransposedFilterLayout = "hwoi" | "iohw" | "ohwi" | "hwio";

/** The options of {@link convTranspose2d} and {@link convTranspose2dBackward}. */
export interface ConvTranspose2dOptions {
  /** float32 [C_out], added to every output of its channel. 0 if left out. Ignored by `convTranspose2dBackward`. */
  readonly bias?: Tensor | undefined;
  /** The distance in the output between the windows of neighbouring elements of x. 1 if left out. */
  readonly strides?: Pair | undefined;
  /**
   * The rows and columns that are cut from the edges of the output. 0 if left out. `"same"`: the output's extents are
   * x's extents times the strides, as in Keras. `"valid"`: nothing.
   */
  readonly padding?: Padding | undefined;
  /** The dilation: the distance in the output between neighbouring elements of the filter. 1 if left out. */
  readonly dilations?: Pair | undefined;
  /**
   * The number of groups. The input channels of a group reach its C_out / groups output channels. The channels of a
   * group are neighbours. 1 if left out.
   */
  readonly groups?: number | undefined;
  /**
   * The rows and columns to add at the ends of the output. Each is less than its stride. 0 if left out. It cannot be
   * combined with `"same"`.
   */
  readonly outputPadding?: Pair | undefined;
  /**
   * The output's height and width. Each exceeds the smallest possible extent by less than its stride. `outputPadding`
   * is then ignored, as in WebNN.
   */
  readonly outputSizes?: Pair | undefined;
  /** The order of the axes of x, dx, y and dy: "nhwc" (default) or "nchw". */
  readonly inputLayout?: Layout | undefined;
  /**
   * The order of the axes of w and dw. "hwoi" if left out, as in Keras: it needs no transpose. "iohw" is the default of
   * PyTorch, ONNX and WebNN.
   */
  readonly filterLayout?: TransposedFilterLayout | undefined;
  /** Applied to the output; NaN stays NaN. "none" if left out, and `convTranspose2dBackward` takes no other value. */
  readonly activation?: "none" | "relu" | undefined;
}

const KNOWN = [
  "bias",
  "strides",
  "padding",
  "dilations",
  "groups",
  "outputPadding",
  "outputSizes",
  "inputLayout",
  "filterLayout",
  "activation",
];

/** A transposed convolution with its options read and its shapes checked against each other. */
interface ConvTranspose2dCall {
  /** Of the convolution that takes y to x: y is the gradient of its input. */
  readonly geometry: Conv2dGeometry;
  readonly relu: boolean;
  readonly inputLayout: Layout;
  readonly filterLayout: TransposedFilterLayout;
}

/** Reads the options of a transposed convolution or its gradients. @throws OptionError, ShapeError */
export function readConvTranspose2d(
  operator: string,
  pass: "forward" | "backward",
  x: Named,
  w: Named,
  options: ConvTranspose2dOptions,
): ConvTranspose2dCall {
  const reader = new OptionReader(operator, options, KNOWN);
  const activation = reader.word("activation", ["none", "relu"], "none");
  if (pass === "backward" && activation !== "none") {
    throw new OptionError(
      `${operator}: activation is "${activation}", expected "none": its gradient needs the forward's output; apply it to dy first`,
    );
  }
  const inputLayout = reader.word("inputLayout", ["nhwc", "nchw"], "nhwc");
  const filterLayout = reader.word("filterLayout", ["hwoi", "iohw", "ohwi", "hwio"], "hwoi");
  const strides = reader.pair("strides", 1, [1, 1]);
  const dilations = reader.pair("dilations", 1, [1, 1]);
  const padding = reader.padding();
  const groups = reader.integer("groups", 1, 1);
  const outputPadding = reader.pair("outputPadding", 0, [0, 0]);
  const outputSizes = options.outputSizes === undefined ? undefined : reader.pair("outputSizes", 1);

  const image = readImage(operator, x.name, x.shape, inputLayout);
  const filter = checkShape4(operator, w.name, w.shape, filterLayout);
  const both = `${x.name} ${show(x.shape)} ${inputLayout}, ${w.name} ${show(filter)} ${filterLayout}`;
  const k = extentOf(filter, filterLayout, "i");
  const cPerGroup = extentOf(filter, filterLayout, "o");
  if (k !== image.c) {
    throw new ShapeError(
      `${operator}: ${w.name} has ${k} input channels, expected those of ${x.name}, ${image.c} (${both})`,
    );
  }
  if (k % groups !== 0) {
    throw new ShapeError(
      `${operator}: ${x.name} has ${k} channels, expected a multiple of groups = ${groups} (${both})`,
    );
  }
  const window = [extentOf(filter, filterLayout, "h"), extentOf(filter, filterLayout, "w")] as const;
  const sliding = { window, strides, dilations, padding, outputPadding, outputSizes };
  const h = outputExtent(operator, 0, image.h, sliding);
  const width = outputExtent(operator, 1, image.w, sliding);
  const output = { n: image.n, h, w: width, c: cPerGroup * groups };
  const request = { window, strides, dilations, padding, rounding: "floor" } as const;
  return {
    geometry: windowGeometry(operator, output, request, k, groups),
    relu: activation === "relu",
    inputLayout,
    filterLayout,
  };
}

interface Sliding {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: PaddingRequest;
  readonly outputPadding: readonly [number, number];
  readonly outputSizes: readonly [number, number] | undefined;
}

/**
 * The output's extent along height (0) or width (1). From this extent, a convolution with the same options computes
 * `input`.
 */
function outputExtent(operator: string, i: 0 | 1, input: number, sliding: Sliding): number {
  const { padding, outputPadding, outputSizes } = sliding;
  const axis = i === 0 ? "height" : "width";
  const stride = sliding.strides[i];
  const effective = (sliding.window[i] - 1) * sliding.dilations[i] + 1;
  if (padding === "same" && outputSizes === undefined && outputPadding[i] > 0) {
    throw new OptionError(
      `${operator}: outputPadding is [${outputPadding.join(", ")}], expected none with padding "same", whose output has the input's extents times the strides; use outputSizes`,
    );
  }
  if (outputSizes === undefined && outputPadding[i] >= stride) {
    throw new OptionError(
      `${operator}: outputPadding is [${outputPadding.join(", ")}], expected less than the strides, [${sliding.strides.join(", ")}]; use larger strides, or pad2d`,
    );
  }
  const cut = padding === "same" ? 0 : i === 0 ? padding[0] + padding[1] : padding[2] + padding[3];
  const least = padding === "same" ? (input - 1) * stride + 1 : (input - 1) * stride + effective - cut;
  const most = least + stride - 1;
  const output = outputSizes?.[i] ?? (padding === "same" ? most : least + outputPadding[i]);
  if (outputSizes && (output < least || output > most)) {
    throw new ShapeError(
      `${operator}: outputSizes has the ${axis} ${output}, expected ${least === most ? least : `${least} to ${most}`}, from which a window of ${effective} with stride ${stride} makes the input's ${input}; leave it out, or change the padding`,
    );
  }
  if (output < 1) {
    throw new ShapeError(
      `${operator}: the output's ${axis} (${input} − 1) · ${stride} + ${effective} − ${cut} + ${outputPadding[i]} = ${output}, expected at least 1; use less padding`,
    );
  }
  return output;
}
