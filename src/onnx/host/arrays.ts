import { ShapeError } from "../../core/errors.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { ElementTypeName } from "../../io/arrays.js";
import type { HostTensor } from "../format/onnxFile.js";
import { present } from "./present.js";

/** The most elements that host arithmetic makes of fewer. Files may ask for more with a few bytes. */
const MOST_ELEMENTS = 2 ** 22;

/** Checks the length of a list that the host makes for a file, before it is made. @throws ShapeError */
export function checkExtent(extent: number): number {
  if (Number.isSafeInteger(extent) && extent >= 1 && extent <= MOST_ELEMENTS) return extent;
  throw new ShapeError(`it makes an extent of ${extent}, expected 1 to 2²²`);
}

export function isFloat(dtype: ElementTypeName): boolean {
  return dtype.includes("float");
}

/**
 * An array of the host from its elements. Float32 values are rounded.
 *
 * @param from the number of elements that it is made from
 * @throws ShapeError if it is much larger
 */
export function hostTensor(
  dtype: ElementTypeName,
  shape: Shape,
  valueAt: (position: number) => number,
  from = 0,
): HostTensor {
  const elements = elementsOf(shape);
  if (
    !(elements <= Math.max(from, MOST_ELEMENTS)) ||
    !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)
  ) {
    throw new ShapeError(
      `it makes an array of the shape [${shape.join(", ")}], expected at most 2²² elements, or as many as it is made from`,
    );
  }
  const data = isFloat(dtype) && dtype !== "float64" ? new Float32Array(elements) : new Float64Array(elements);
  for (let i = 0; i < elements; i++) data[i] = valueAt(i);
  return { dtype, shape, data };
}

export function integers(values: readonly number[]): HostTensor {
  return { dtype: "int64", shape: [values.length], data: Float64Array.from(values) };
}

/** The elements between neighbours along each axis. */
export function stridesOf(shape: Shape): readonly number[] {
  const strides: number[] = [];
  let step = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(step);
    step *= extent;
  }
  return strides;
}

/** The index along each axis of the element at a position. */
export function indexOf(position: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = position;
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}

/** The same elements with other extents. */
export function reshaped(x: HostTensor, shape: Shape): HostTensor {
  if (elementsOf(shape) === x.data.length) return { ...x, shape };
  throw new ShapeError(`[${x.shape.join(", ")}] has not as many elements as [${shape.join(", ")}]`);
}

/**
 * Elements of x in another arrangement.
 *
 * @param starts for each axis of the result the step in x, and where it begins
 */
export function strided(x: HostTensor, shape: Shape, steps: readonly number[], first = 0): HostTensor {
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  let position = first;
  return hostTensor(
    x.dtype,
    shape,
    () => {
      const value = present(x.data[position]);
      for (let axis = rank - 1; axis >= 0; axis--) {
        const step = present(steps[axis]);
        const next = present(index[axis]) + 1;
        if (next < present(shape[axis])) {
          index[axis] = next;
          position += step;
          break;
        }
        position -= step * (next - 1);
        index[axis] = 0;
      }
      return value;
    },
    x.data.length,
  );
}

/** Result axis i is axis `order[i]` of x. */
export function permuted(x: HostTensor, order: readonly number[]): HostTensor {
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => present(x.shape[axis]));
  return strided(
    x,
    shape,
    order.map((axis) => present(strides[axis])),
  );
}

/** The shape that shapes are stretched to, by NumPy's rule. @throws ShapeError */
export function commonShape(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis + shape.length - rank] ?? 1);
    const common = extents.find((extent) => extent !== 1) ?? 1;
    if (extents.every((extent) => extent === 1 || extent === common)) return common;
    throw new ShapeError(`the shapes ${shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ")} do not fit`);
  });
}

/** x stretched to a shape, by NumPy's rule. */
export function stretched(x: HostTensor, shape: Shape): HostTensor {
  if (shape.length === x.shape.length && shape.every((extent, axis) => extent === x.shape[axis])) return x;
  const missing = shape.length - x.shape.length;
  const strides = stridesOf(x.shape);
  const steps = shape.map((extent, axis) => {
    const own = x.shape[axis - missing] ?? 1;
    if (own !== extent && own !== 1)
      throw new ShapeError(`[${x.shape.join(", ")}] does not stretch to [${shape.join(", ")}]`);
    return own === 1 ? 0 : present(strides[axis - missing]);
  });
  return strided(x, shape, steps);
}

/** An axis counted from the beginning. @throws ShapeError */
export function axisOf(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
  throw new ShapeError(`the axis ${axis} is none of ${rank} axes`);
}

export function valuesOf(x: HostTensor): readonly number[] {
  return [...x.data];
}
