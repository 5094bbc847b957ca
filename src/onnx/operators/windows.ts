import type { Padding4 } from "../../core/geometry.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { conv2d } from "../../ops/conv/conv2d.js";
import { convTranspose2d } from "../../ops/conv/convTranspose2d.js";
import { add } from "../../ops/elementwise/add.js";
import { crop } from "../../ops/pad/crop.js";
import { pad2d } from "../../ops/pad/pad2d.js";
import { averagePool2d } from "../../ops/pool/averagePool2d.js";
import { maxPool2d } from "../../ops/pool/maxPool2d.js";
import type { HostAttributes } from "../host/attributes.js";
import { present } from "../host/present.js";
import type { Operands } from "../layers/operands.js";
import type { Operation } from "./elementwise.js";

/** Two numbers, for height and width. */
function pairIn(attributes: HostAttributes, name: string, fallback: number): readonly [number, number] {
  const [height = fallback, width = fallback] = attributes.list(name) ?? [];
  return [height, width];
}

/** Paddings as ONNX orders them: those at the beginnings of all axes, then those at the ends. */
function padsIn(attributes: HostAttributes): Padding4 {
  const [top = 0, left = 0, bottom = 0, right = 0] = attributes.list("pads") ?? [];
  return [top, bottom, left, right];
}

/** SAME_UPPER and SAME_LOWER: ⌈extent / stride⌉ outputs. They differ in the side of an odd padding. */
function samePads(
  lower: boolean,
  [h, w]: readonly [number, number],
  window: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number],
): Padding4 {
  const sides = [h, w].map((extent, i) => {
    const stride = present(strides[i]);
    const effective = (present(window[i]) - 1) * present(dilations[i]) + 1;
    const total = Math.max((Math.ceil(extent / stride) - 1) * stride + effective - extent, 0);
    const less = Math.floor(total / 2);
    return lower ? [total - less, less] : [less, total - less];
  });
  const [top = 0, bottom = 0, left = 0, right = 0] = sides.flat();
  return [top, bottom, left, right];
}

function slidingOf(attributes: HostAttributes, x: Tensor, window: readonly [number, number]) {
  const [, h = 1, w = 1] = x.shape;
  const strides = pairIn(attributes, "strides", 1);
  const dilations = pairIn(attributes, "dilations", 1);
  const auto = attributes.text("auto_pad", "NOTSET");
  const padding = auto.startsWith("SAME")
    ? samePads(auto === "SAME_LOWER", [h, w], window, strides, dilations)
    : auto === "VALID"
      ? ([0, 0, 0, 0] as const)
      : padsIn(attributes);
  return { strides, dilations, padding };
}

/** The filter, [R, S, …]. One of signals that the net computes is [S, …], and gets one row. */
function filterOf(operands: Operands): Tensor {
  const w = operands.tensor(1);
  return w.shape.length === 3 ? reshape(w, [1, ...w.shape]) : w;
}

/** x [N, H, W, C], w [R, S, C / groups, K], bias [K] */
function conv(operands: Operands, x: Tensor): Tensor {
  const { attributes } = operands;
  const w = filterOf(operands);
  const [r = 1, s = 1] = w.shape;
  const sliding = slidingOf(attributes, x, [r, s]);
  const activation = attributes.text("activation", "none") === "relu" ? "relu" : "none";
  return conv2d(x, w, { ...sliding, bias: operands.optional(2), groups: attributes.number("group", 1), activation });
}

/**
 * x [N, H, W, C], w [R, S, K / groups, C], bias [K]. ONNX's output_shape and SAME paddings tell the padding from the
 * output; an output_padding of a stride or more is a padding with zeros, to which the bias is added.
 */
function convTranspose(operands: Operands, x: Tensor): Tensor {
  const { attributes } = operands;
  const [w, bias] = [filterOf(operands), operands.optional(2)];
  const [, h = 1, width = 1] = x.shape;
  const [r = 1, s = 1] = w.shape;
  const strides = pairIn(attributes, "strides", 1);
  const dilations = pairIn(attributes, "dilations", 1);
  const extra = pairIn(attributes, "output_padding", 0);
  const groups = attributes.number("group", 1);
  const full = [h, width].map((extent, i) => {
    const effective = ([r, s][i] ?? 1) * (dilations[i] ?? 1) - (dilations[i] ?? 1) + 1;
    return (extent - 1) * (strides[i] ?? 1) + effective + (extra[i] ?? 0);
  });
  const pads = transposedPads(attributes, full, [h, width], strides);
  const outputPadding = [extra[0] < strides[0] ? extra[0] : 0, extra[1] < strides[1] ? extra[1] : 0] as const;
  const rest = [extra[0] - outputPadding[0], extra[1] - outputPadding[1]] as const;
  const [top, bottom, left, right] = pads;
  if (Math.min(...pads) >= 0 && rest[0] + rest[1] === 0) {
    return convTranspose2d(x, w, { bias, strides, dilations, groups, outputPadding, padding: pads });
  }
  const whole = convTranspose2d(x, w, { strides, dilations, groups, outputPadding });
  const grow = (value: number) => Math.max(0, -value);
  const cut = (value: number) => Math.max(0, value);
  const padded = pad2d(whole, { padding: [grow(top), rest[0] + grow(bottom), grow(left), rest[1] + grow(right)] });
  const cropped = crop(padded, { cropping: [cut(top), cut(bottom), cut(left), cut(right)] });
  return bias ? add(cropped, bias) : cropped;
}

function transposedPads(
  attributes: HostAttributes,
  full: readonly number[],
  extents: readonly number[],
  strides: readonly [number, number],
): Padding4 {
  const auto = attributes.text("auto_pad", "NOTSET");
  const asked = attributes.list("output_shape")?.slice(-2);
  const same = auto.startsWith("SAME") ? extents.map((extent, i) => extent * (strides[i] ?? 1)) : undefined;
  const target = asked ?? same;
  if (!target) return auto === "VALID" ? [0, 0, 0, 0] : padsIn(attributes);
  const sides = target.map((extent, i) => {
    // More than the whole output is filled with zeros at the end.
    const missing = Math.max(0, extent - present(full[i]));
    const total = Math.max(0, present(full[i]) - extent);
    // ONNX: the odd one is at the end for SAME_UPPER, else at the beginning.
    const half = Math.floor(total / 2);
    return auto === "SAME_UPPER" ? [half, total - half - missing] : [total - half, half - missing];
  });
  const [top = 0, bottom = 0, left = 0, right = 0] = sides.flat();
  return [top, bottom, left, right];
}

function poolOptions({ attributes }: Operands, x: Tensor) {
  const windowDimensions = pairIn(attributes, "kernel_shape", 1);
  const outputShapeRounding = attributes.number("ceil_mode", 0) !== 0 ? "ceil" : "floor";
  return { ...slidingOf(attributes, x, windowDimensions), windowDimensions, outputShapeRounding } as const;
}

function maxPool(operands: Operands, x: Tensor): Tensor {
  return maxPool2d(x, poolOptions(operands, x));
}

function averagePool(operands: Operands, x: Tensor): Tensor {
  const countIncludePad = operands.attributes.number("count_include_pad", 0) !== 0;
  return averagePool2d(x, { ...poolOptions(operands, x), countIncludePad });
}

/** A signal [N, L, C] as an image of one row, and back. The attributes are those of two axes. */
function onRows(compute: (operands: Operands, x: Tensor) => Tensor): Operation {
  return (operands) => {
    const x = operands.tensor(0);
    if (x.shape.length !== 3) return compute(operands, x);
    const [n = 1, l = 1, c = 1] = x.shape;
    const y = compute(operands, reshape(x, [n, 1, l, c]));
    return reshape(y, y.shape.toSpliced(1, 1));
  };
}

export const WINDOWS: Readonly<Record<string, Operation>> = {
  AveragePool: onRows(averagePool),
  Conv: onRows(conv),
  ConvTranspose: onRows(convTranspose),
  MaxPool: onRows(maxPool),
};
