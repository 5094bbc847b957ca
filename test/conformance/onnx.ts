import {
  averagePool2d,
  type Backend,
  conv2d,
  convTranspose2d,
  globalAveragePool2d,
  globalMaxPool2d,
  maxPool2d,
  type Padding4,
  pad2d,
  type Tensor,
} from "webgpu-cnn";

/** A tensor of an ONNX node test: its values as numbers, or as base64 of little-endian bytes. */
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data?: readonly number[];
  readonly data_b64_le?: string;
}

export interface OnnxAttributes {
  readonly auto_pad?: "NOTSET" | "SAME_UPPER" | "SAME_LOWER" | "VALID";
  readonly ceil_mode?: number;
  readonly count_include_pad?: number;
  readonly dilations?: Pair;
  readonly group?: number;
  readonly kernel_shape?: Pair;
  readonly mode?: "constant" | "reflect" | "edge" | "wrap";
  readonly output_padding?: Pair;
  readonly output_shape?: Pair;
  readonly pads?: readonly number[];
  readonly strides?: Pair;
  readonly value?: number;
}

export interface OnnxCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: OnnxAttributes;
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
  /** The allowed error of stored outputs that are rounded. */
  readonly abs_tol?: number | null;
}

type Pair = readonly [number, number];

const NCHW = { inputLayout: "nchw", filterLayout: "oihw" } as const;

/** Runs the one node of a test, with images in nchw and filters in ONNX's layout. Gives undefined if the library has no such operator. */
export function runOnnxNode(backend: Backend, { op, attrs, inputs }: OnnxCase): Tensor | undefined {
  const [x, w, bias] = inputs.map((input) => upload(backend, input));
  if (!x) throw new Error("a node without an input");
  const { kernel_shape: kernel = [1, 1] } = attrs;
  const window = { windowDimensions: kernel, ...poolWalk(x, kernel, attrs) };
  switch (op) {
    case "Conv":
      return w && conv2d(x, w, { ...NCHW, ...convWalk(x, w, attrs), bias });
    case "ConvTranspose":
      return w && convTranspose(x, w, bias, attrs);
    case "MaxPool":
      return maxPool2d(x, window);
    case "AveragePool":
      return averagePool2d(x, { ...window, countIncludePad: attrs.count_include_pad === 1 });
    case "GlobalMaxPool":
      return globalMaxPool2d(x, { layout: "nchw" });
    case "GlobalAveragePool":
      return globalAveragePool2d(x, { layout: "nchw" });
    case "Pad":
      return pad(x, attrs, inputs.slice(1));
    default:
      return undefined;
  }
}

/** The values of a test's tensor. */
export function onnxValues({ name, data, data_b64_le: base64 }: OnnxTensor): Float32Array {
  if (data) return Float32Array.from(data);
  if (base64 === undefined) throw new Error(`${name} has no values`);
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function upload(backend: Backend, tensor: OnnxTensor): Tensor {
  return backend.tensor(onnxValues(tensor), tensor.shape);
}

function convWalk(x: Tensor, w: Tensor, attrs: OnnxAttributes) {
  const { strides = [1, 1], dilations = [1, 1], group = 1 } = attrs;
  const [, , r = 1, s = 1] = w.shape;
  return { strides, dilations, groups: group, padding: padding(x, [r, s], attrs) };
}

function poolWalk(x: Tensor, kernel: Pair, attrs: OnnxAttributes) {
  const { strides = [1, 1], dilations = [1, 1] } = attrs;
  const outputShapeRounding = attrs.ceil_mode === 1 ? "ceil" : "floor";
  return { strides, dilations, outputShapeRounding, padding: padding(x, kernel, attrs), layout: "nchw" } as const;
}

/** ONNX gives all beginnings of its pads, then all ends. SAME_LOWER has the odd element at the beginning; WebNN does not have this mode. */
function padding(x: Tensor, kernel: Pair, attrs: OnnxAttributes): Padding4 | "same" {
  const { auto_pad: auto = "NOTSET", pads = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1] } = attrs;
  if (auto === "SAME_UPPER") return "same";
  if (auto === "SAME_LOWER") {
    const [, , height = 1, width = 1] = x.shape;
    const [top, bottom] = sameLower(height, kernel[0], strides[0], dilations[0]);
    const [left, right] = sameLower(width, kernel[1], strides[1], dilations[1]);
    return [top, bottom, left, right];
  }
  const [top = 0, left = 0, bottom = 0, right = 0] = auto === "VALID" ? [] : pads;
  return [top, bottom, left, right];
}

function sameLower(extent: number, kernel: number, stride: number, dilation: number): Pair {
  const total = Math.max((Math.ceil(extent / stride) - 1) * stride + (kernel - 1) * dilation + 1 - extent, 0);
  return [Math.ceil(total / 2), Math.floor(total / 2)];
}

function convTranspose(x: Tensor, w: Tensor, bias: Tensor | undefined, attrs: OnnxAttributes): Tensor {
  const { strides = [1, 1], dilations = [1, 1], group: groups = 1, pads = [0, 0, 0, 0], output_shape: asked } = attrs;
  const { output_padding: extra = [0, 0] } = attrs;
  const [, , height = 1, width = 1] = x.shape;
  const [, , r = 1, s = 1] = w.shape;
  const options = { inputLayout: "nchw", filterLayout: "iohw", strides, dilations, groups, bias } as const;
  if (attrs.auto_pad === "SAME_UPPER") return convTranspose2d(x, w, { ...options, padding: "same" });
  const full = ([extent, kernel, i]: readonly [number, number, 0 | 1]) =>
    (extent - 1) * strides[i] + extra[i] + (kernel - 1) * dilations[i] + 1;
  const whole: Pair = [full([height, r, 0]), full([width, s, 1])];
  const [top = 0, left = 0, bottom = 0, right = 0] = asked ? evenPads(whole, asked) : pads;
  const padding = [top, bottom, left, right] as const;
  return convTranspose2d(x, w, { ...options, padding, outputPadding: extra, outputSizes: asked });
}

/** The pads, in ONNX's order, that cut a transposed convolution down to the given extents. The odd element is at the end. */
function evenPads(whole: Pair, asked: Pair): readonly number[] {
  const [height, width] = [Math.max(0, whole[0] - asked[0]), Math.max(0, whole[1] - asked[1])];
  return [Math.floor(height / 2), Math.floor(width / 2), Math.ceil(height / 2), Math.ceil(width / 2)];
}

function pad(
  x: Tensor,
  attrs: OnnxAttributes,
  [padsInput, valueInput, axesInput]: readonly OnnxTensor[],
): Tensor | undefined {
  const modes = { constant: "constant", reflect: "reflection", edge: "edge", wrap: undefined } as const;
  const mode = modes[attrs.mode ?? "constant"];
  const given = padsInput?.data ?? attrs.pads ?? [];
  const axes = axesInput?.data ?? [0, 1, 2, 3];
  const [value = attrs.value ?? 0] = valueInput?.data ?? [];
  const pads = new Array<number>(8).fill(0);
  for (const [i, axis] of axes.entries()) {
    pads[(axis + 4) % 4] = given[i] ?? 0;
    pads[4 + ((axis + 4) % 4)] = given[axes.length + i] ?? 0;
  }
  const [n0 = 0, c0 = 0, top = 0, left = 0, n1 = 0, c1 = 0, bottom = 0, right = 0] = pads;
  if (!mode || n0 + c0 + n1 + c1 > 0 || Math.min(...pads) < 0) return undefined;
  return pad2d(x, { padding: [top, bottom, left, right], mode, value, layout: "nchw" });
}
