import { ShapeError, show } from "../../core/errors.js";
import { ELEMENT_TYPE_NAMES, type ElementTypeName } from "../../io/arrays.js";
import type { HostTensor } from "../format/onnxFile.js";
import {
  axisOf,
  commonShape,
  hostTensor,
  indexOf,
  integers,
  isFloat,
  permuted,
  reshaped,
  stretched,
  strided,
  stridesOf,
  valuesOf,
} from "./arrays.js";
import type { HostAttributes } from "./attributes.js";
import { ELEMENTWISE, elementwise } from "./elementwise.js";
import { present } from "./present.js";
import { REDUCTIONS, reduce } from "./reduce.js";
import { reshapeTarget, sliceOf, squeezed, unsqueezed } from "./shapes.js";

/** An operator of host arithmetic. It throws a ShapeError if its inputs do not fit. */
type HostOperator = (inputs: readonly (HostTensor | undefined)[], attributes: HostAttributes) => HostTensor;

const OPERATORS: ReadonlyMap<string, HostOperator> = new Map<string, HostOperator>([
  ...ELEMENTWISE.map((op): [string, HostOperator] => [
    op,
    (inputs, attributes) => elementwise(op, givenOnes(inputs), attributes.number("fmod", 0) !== 0),
  ]),
  ...REDUCTIONS.map((op): [string, HostOperator] => [op, (inputs, attributes) => reduce(op, inputs, attributes)]),
  ["Cast", ([x], attributes) => cast(given(x), typeNamed(attributes.text("to", "")))],
  ["Clip", clip],
  ["Concat", concat],
  ["ConstantOfShape", constantOfShape],
  ["DequantizeLinear", dequantize],
  ["Dropout", ([x]) => given(x)],
  ["Expand", ([x, shape]) => stretched(given(x), commonShape([given(x).shape, listOf(shape)]))],
  ["Flatten", flatten],
  ["Gather", gather],
  ["Identity", ([x]) => given(x)],
  ["NonZero", nonZero],
  ["Range", range],
  ["Reshape", reshape],
  ["Shape", ([x], attributes) => shapeOf(given(x), attributes)],
  ["Size", ([x]) => ({ dtype: "int64", shape: [], data: Float64Array.of(given(x).data.length) })],
  ["Slice", slice],
  ["Split", split],
  ["Squeeze", squeeze],
  ["Tile", tile],
  ["Transpose", transpose],
  ["Unsqueeze", unsqueeze],
  ["Where", where],
]);

export function isHostOperator(op: string): boolean {
  return OPERATORS.has(op);
}

/** @throws ShapeError if the inputs do not fit */
export function runHostOperator(
  op: string,
  inputs: readonly (HostTensor | undefined)[],
  attributes: HostAttributes,
): HostTensor {
  return present(OPERATORS.get(op))(inputs, attributes);
}

export function given(x: HostTensor | undefined): HostTensor {
  if (x) return x;
  throw new ShapeError("an input is missing");
}

function givenOnes(inputs: readonly (HostTensor | undefined)[]): readonly HostTensor[] {
  return inputs.filter((input) => input !== undefined);
}

/** The values of a list. A scalar is a list of one. */
export function listOf(x: HostTensor | undefined): readonly number[] {
  return valuesOf(given(x));
}

function optionalList(x: HostTensor | undefined): readonly number[] | undefined {
  return x && listOf(x);
}

function typeNamed(name: string): ElementTypeName {
  const found = ELEMENT_TYPE_NAMES.find((known) => known === name);
  if (found) return found;
  throw new ShapeError(`its type is ${show(name)}, expected a type of numbers`);
}

/** Floats become integers by cutting off the fraction, and truth values by asking for 0. */
export function cast(x: HostTensor, dtype: ElementTypeName): HostTensor {
  const whole = !isFloat(dtype) && isFloat(x.dtype);
  const convert =
    dtype === "bool" ? (value: number) => Number(value !== 0) : whole ? Math.trunc : (value: number) => value;
  return hostTensor(dtype, x.shape, (i) => convert(present(x.data[i])), x.data.length);
}

function clip([x, min, max]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const least = min?.data[0] ?? attributes.number("min", Number.NEGATIVE_INFINITY);
  const most = max?.data[0] ?? attributes.number("max", Number.POSITIVE_INFINITY);
  const { dtype, shape, data } = given(x);
  return hostTensor(dtype, shape, (i) => Math.min(most, Math.max(least, present(data[i]))));
}

function concat(inputs: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const parts = givenOnes(inputs);
  const [first] = parts;
  const { shape, dtype } = given(first);
  const axis = axisOf(attributes.number("axis", 1), shape.length);
  const [before, after] = [
    shape.slice(0, axis).reduce((a, b) => a * b, 1),
    shape.slice(axis + 1).reduce((a, b) => a * b, 1),
  ];
  for (const part of parts) {
    if (part.shape.length === shape.length && part.shape.every((extent, i) => i === axis || extent === shape[i]))
      continue;
    throw new ShapeError(`the shapes ${parts.map((each) => `[${each.shape.join(", ")}]`).join(", ")} cannot be joined`);
  }
  const extents = parts.map((part) => present(part.shape[axis]));
  const whole = extents.reduce((a, b) => a + b, 0);
  const values: number[] = [];
  for (let outer = 0; outer < before; outer++) {
    for (const [i, { data }] of parts.entries()) {
      const row = present(extents[i]) * after;
      for (let k = 0; k < row; k++) values.push(present(data[outer * row + k]));
    }
  }
  return hostTensor(dtype, shape.with(axis, whole), (i) => present(values[i]), values.length);
}

function constantOfShape([shape]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const value = attributes.tensor("value");
  const filled = value?.data[0] ?? 0;
  return hostTensor(value?.dtype ?? "float32", listOf(shape), () => filled);
}

/** y = (x − zero point) · scale, for the whole array or along an axis (ONNX's DequantizeLinear). */
function dequantize([x, scale, zero]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const { shape, data } = given(x);
  const { data: scales, shape: scaleShape } = given(scale);
  const block = attributes.number("block_size", 0);
  if (scaleShape.length > 1 || block !== 0)
    throw new ShapeError("it is quantised in blocks, expected one scale, or one along an axis");
  const axis = scales.length === 1 ? 0 : axisOf(attributes.number("axis", 1), shape.length);
  if (scales.length !== 1 && scales.length !== shape[axis]) {
    throw new ShapeError(`it has ${scales.length} scales, expected 1 or ${shape[axis]}`);
  }
  const inner = stridesOf(shape)[axis] ?? 1;
  const row = (i: number) => (scales.length === 1 ? 0 : Math.floor(i / inner) % (shape[axis] ?? 1));
  return hostTensor(
    "float32",
    shape,
    (i) => Math.fround((present(data[i]) - (zero?.data[row(i)] ?? 0)) * present(scales[row(i)])),
    data.length,
  );
}

function flatten([x]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const { shape } = given(x);
  const axis = attributes.number("axis", 1);
  const cut = axis < 0 ? axis + shape.length : axis;
  const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);
  return reshaped(given(x), [product(shape.slice(0, cut)), product(shape.slice(cut))]);
}

function gather([x, indices]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const { dtype, shape, data } = given(x);
  const axis = axisOf(attributes.number("axis", 0), shape.length);
  const extent = present(shape[axis]);
  const { shape: indexShape, data: rows } = given(indices);
  const inner = present(stridesOf(shape)[axis]);
  const count = rows.length;
  return hostTensor(dtype, shape.toSpliced(axis, 1, ...indexShape), (i) => {
    const [outer, rest] = [Math.floor(i / (count * inner)), i % (count * inner)];
    const row = present(rows[Math.floor(rest / inner)]);
    const value = data[(outer * extent + (row < 0 ? row + extent : row)) * inner + (rest % inner)];
    if (value === undefined || row < -extent || row >= extent)
      throw new ShapeError(`the index ${row} is not in ${extent} rows`);
    return value;
  });
}

function nonZero([x]: readonly (HostTensor | undefined)[]): HostTensor {
  const { shape, data } = given(x);
  const found = [...data.keys()].filter((i) => data[i] !== 0).map((i) => indexOf(i, shape));
  return hostTensor("int64", [shape.length, found.length], (i) =>
    present(found[i % found.length]?.[Math.floor(i / found.length)]),
  );
}

function range([start, limit, step]: readonly (HostTensor | undefined)[]): HostTensor {
  const [from, to, by] = [present(listOf(start)[0]), present(listOf(limit)[0]), present(listOf(step)[0])];
  return hostTensor(given(start).dtype, [Math.max(0, Math.ceil((to - from) / by))], (i) => from + i * by);
}

function reshape([x, shape]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const target = reshapeTarget(given(x).shape, listOf(shape), attributes.number("allowzero", 0) !== 0);
  return reshaped(given(x), target);
}

/** The shape of an array, or a part of it. */
export function shapeOf({ shape }: { readonly shape: readonly number[] }, attributes: HostAttributes): HostTensor {
  return integers(shape.slice(attributes.number("start", 0), attributes.number("end", shape.length)));
}

function slice(inputs: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const x = given(inputs[0]);
  const starts = attributes.list("starts") ?? listOf(inputs[1]);
  const ends = attributes.list("ends") ?? listOf(inputs[2]);
  const axes = attributes.list("axes") ?? optionalList(inputs[3]);
  const strides = stridesOf(x.shape);
  let first = 0;
  const [shape, steps] = [[...x.shape], [...strides]];
  for (const { axis, start, count, step } of sliceOf(x.shape, starts, ends, axes, optionalList(inputs[4]))) {
    first += start * present(strides[axis]);
    shape[axis] = count;
    steps[axis] = step * present(strides[axis]);
  }
  return strided(x, shape, steps, first);
}

/** One of the parts. */
function split([x, sizes]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const whole = given(x);
  const axis = axisOf(attributes.number("axis", 0), whole.shape.length);
  const extent = present(whole.shape[axis]);
  const each = splitSizes(extent, attributes.list("split") ?? optionalList(sizes), attributes.number("parts", 1));
  const part = attributes.number("part", 0);
  const start = each.slice(0, part).reduce((a, b) => a + b, 0);
  const strides = stridesOf(whole.shape);
  return strided(whole, whole.shape.with(axis, present(each[part])), strides, start * present(strides[axis]));
}

/** The extents of the parts. Without sizes they are equal, but for a smaller last one. @throws ShapeError */
export function splitSizes(extent: number, sizes: readonly number[] | undefined, parts: number): readonly number[] {
  const equal = Math.ceil(extent / parts);
  const found = sizes ?? Array.from({ length: parts }, (_, i) => Math.min(equal, extent - i * equal));
  if (found.length === parts && found.every((size) => size >= 0) && found.reduce((a, b) => a + b, 0) === extent)
    return found;
  throw new ShapeError(`an extent of ${extent} cannot be cut into ${found.join(", ")} for ${parts} outputs`);
}

function squeeze([x, axes]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const { shape } = given(x);
  const kept = squeezed(shape, attributes.list("axes") ?? optionalList(axes));
  return reshaped(
    given(x),
    kept.map((axis) => present(shape[axis])),
  );
}

function unsqueeze([x, axes]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const { shape } = given(x);
  const sources = unsqueezed(shape.length, attributes.list("axes") ?? listOf(axes));
  return reshaped(
    given(x),
    sources.map((axis) => (axis === undefined ? 1 : present(shape[axis]))),
  );
}

function tile([x, repeats]: readonly (HostTensor | undefined)[]): HostTensor {
  const { dtype, shape, data } = given(x);
  const times = listOf(repeats);
  const strides = stridesOf(shape);
  const whole = shape.map((extent, axis) => extent * (times[axis] ?? 1));
  return hostTensor(dtype, whole, (i) => {
    const index = indexOf(i, whole);
    return present(
      data[index.reduce((at, place, axis) => at + (place % present(shape[axis])) * present(strides[axis]), 0)],
    );
  });
}

function transpose([x]: readonly (HostTensor | undefined)[], attributes: HostAttributes): HostTensor {
  const { shape } = given(x);
  return permuted(given(x), attributes.list("perm") ?? [...shape.keys()].reverse());
}

function where([condition, a, b]: readonly (HostTensor | undefined)[]): HostTensor {
  const shape = commonShape([given(condition).shape, given(a).shape, given(b).shape]);
  const [asked, left, right] = [condition, a, b].map((each) => stretched(given(each), shape).data);
  return hostTensor(given(a).dtype, shape, (i) => present(present(present(asked)[i]) === 0 ? right?.[i] : left?.[i]));
}
