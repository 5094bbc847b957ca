import { ShapeError, show } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { gather } from "../../ops/arrange/gather.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { resample2d } from "../../ops/resample/resample2d.js";
import { checkExtent } from "../host/arrays.js";
import type { HostAttributes } from "../host/attributes.js";
import { fileShape } from "../host/orders.js";
import { present } from "../host/present.js";
import type { Operands } from "../layers/operands.js";
import type { Operation } from "./elementwise.js";
import { type AxisResize, tapsOf } from "./resizeTaps.js";
import { orderIn } from "./shaping.js";

/** What is resized, axis by axis, in the order of the file. */
function axesOf(operands: Operands, shape: Shape): readonly AxisResize[] {
  const { attributes } = operands;
  const rank = shape.length;
  const axes = attributes.list("axes")?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? [...shape.keys()];
  const list = (name: string, i: number) => {
    const values = attributes.list(name) ?? operands.list(i);
    return values && values.length > 0 ? values : undefined;
  };
  const [roi, scales, sizes] = [list("roi", 1), list("scales", 2), list("sizes", 3)];
  const given = sizes ?? scales;
  if (given?.length !== axes.length) {
    throw new ShapeError(`its sizes or scales are ${show(given)}, expected one for each of ${axes.length} axes`);
  }
  const targets = sizes && keptAspect(attributes, axes, shape, sizes);
  return shape.map((input, axis): AxisResize => {
    const i = axes.indexOf(axis);
    if (i < 0) return { input, output: input, scale: 1, start: 0, end: 1 };
    const output = targets ? present(targets.outputs[i]) : Math.floor(input * present(given[i]));
    const scale = targets ? (targets.scale ?? output / input) : present(given[i]);
    return { input, output, scale, start: roi?.[i] ?? 0, end: roi?.[i + axes.length] ?? 1 };
  });
}

/** ONNX's keep_aspect_ratio_policy: the sizes bound the image, and one scale holds for all axes. */
function keptAspect(attributes: HostAttributes, axes: readonly number[], shape: Shape, sizes: readonly number[]) {
  const policy = attributes.text("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return { outputs: sizes, scale: undefined };
  const ratios = axes.map((axis, i) => present(sizes[i]) / present(shape[axis]));
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return { outputs: axes.map((axis) => Math.floor(scale * present(shape[axis]) + 0.5)), scale };
}

function resizeOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const { attributes } = operands;
  const order = orderIn(operands, x);
  const inFile = axesOf(operands, fileShape(x.shape, order));
  const axes = order.map((axis) => present(inFile[axis]));
  for (const { output } of axes) checkExtent(output);
  return byResample2d(x, attributes, axes) ?? byTaps(x, attributes, axes);
}

const COORDINATES = {
  align_corners: "alignCorners",
  asymmetric: "asymmetric",
  half_pixel: "halfPixel",
  pytorch_half_pixel: "halfPixel",
} as const;

/** The library's operator, if it computes the same points: it takes the ratio of the extents for the scale. */
function byResample2d(x: Tensor, attributes: HostAttributes, axes: readonly AxisResize[]): Tensor | undefined {
  const [n, height, width, c, ...rest] = axes;
  if (!n || !height || !width || !c || rest.length > 0) return undefined;
  const same = ({ input, output, scale }: AxisResize) => input === output && scale === 1;
  const exact = ({ input, output, scale }: AxisResize) => Math.abs(input * scale - output) < 1e-9 * output;
  if (!same(n) || !same(c) || !exact(height) || !exact(width)) return undefined;
  const name = attributes.text("coordinate_transformation_mode", "half_pixel");
  const coordinates = Object.entries(COORDINATES).find(([known]) => known === name)?.[1];
  if (!coordinates) return undefined;
  if (name === "pytorch_half_pixel" && Math.min(height.output, width.output) === 1) return undefined;
  const sizes = [height.output, width.output] as const;
  const mode = attributes.text("mode", "nearest");
  if (mode === "linear") return resample2d(x, { sizes, mode, coordinates });
  const rounding = attributes.text("nearest_mode", "round_prefer_floor");
  const floor = coordinates === "asymmetric" ? "floor" : "round_prefer_floor";
  return mode === "nearest" && rounding === floor ? resample2d(x, { sizes, mode, coordinates }) : undefined;
}

/** Each output as a sum of inputs times weights, which the host computes, axis by axis. */
function byTaps(x: Tensor, attributes: HostAttributes, axes: readonly AxisResize[]): Tensor {
  return axes.reduce((y, resize, axis) => {
    if (resize.input === resize.output && resize.scale === 1 && resize.start === 0 && resize.end === 1) return y;
    const { taps, beyond } = tapsOf(attributes, resize);
    const along = y.shape.map((_, i) => (i === axis ? resize.output : 1));
    const vector = (values: readonly number[]) => y.backend.tensor(Float32Array.from(values), along);
    const parts = taps.map(({ rows, weights }) => {
      const part = gather(y, y.backend.tensor(Float32Array.from(rows), [rows.length]), { axis });
      return weights ? mul(part, vector(weights)) : part;
    });
    const sum = parts.reduce((a, b) => add(a, b));
    return beyond ? add(sum, vector(beyond)) : sum;
  }, x);
}

export const RESIZING: Readonly<Record<string, Operation>> = { Resize: resizeOf };
