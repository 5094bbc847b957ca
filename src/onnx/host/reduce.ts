import { ShapeError } from "../../core/errors.js";
import type { HostTensor } from "../format/onnxFile.js";
import { axisOf, hostTensor, indexOf, stridesOf, valuesOf } from "./arrays.js";
import type { HostAttributes } from "./attributes.js";
import { present } from "./present.js";

const FOLDS: Readonly<Record<string, { readonly first: number; fold(a: number, b: number): number }>> = {
  ReduceMax: { first: Number.NEGATIVE_INFINITY, fold: Math.max },
  ReduceMean: { first: 0, fold: (a, b) => a + b },
  ReduceMin: { first: Number.POSITIVE_INFINITY, fold: Math.min },
  ReduceProd: { first: 1, fold: (a, b) => a * b },
  ReduceSum: { first: 0, fold: (a, b) => a + b },
};

export const REDUCTIONS = Object.keys(FOLDS);

/** @throws ShapeError if the axes are none of x */
export function reduce(
  op: string,
  [x, axes]: readonly (HostTensor | undefined)[],
  attributes: HostAttributes,
): HostTensor {
  if (!x) throw new ShapeError("an input is missing");
  const { dtype, shape, data } = x;
  const asked = attributes.list("axes") ?? (axes && valuesOf(axes));
  const all = attributes.number("noop_with_empty_axes", 0) === 0;
  const reduced = (asked?.length ? asked : all ? [...shape.keys()] : []).map((axis) => axisOf(axis, shape.length));
  const kept = shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent));
  const strides = stridesOf(kept);
  const { first, fold } = present(FOLDS[op]);
  const sums = new Float64Array(kept.reduce((a, b) => a * b, 1)).fill(first);
  for (const [i, value] of data.entries()) {
    const place = indexOf(i, shape).reduce(
      (at, index, axis) => at + (kept[axis] === 1 ? 0 : index * present(strides[axis])),
      0,
    );
    sums[place] = fold(present(sums[place]), value);
  }
  const count = op === "ReduceMean" ? data.length / sums.length : 1;
  const keep = attributes.number("keepdims", 1) !== 0;
  const target = keep ? kept : shape.filter((_, axis) => !reduced.includes(axis));
  return hostTensor(dtype, target, (i) => present(sums[i]) / count);
}
