import { ShapeError } from "../../core/errors.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import { axisOf } from "./arrays.js";
import { present } from "./present.js";

/** Where a slice of one axis begins, how many elements it has, and the step between them. */
export interface AxisSlice {
  readonly axis: number;
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** ONNX's Slice along some axes. Ends may lie beyond the extents. @throws ShapeError */
export function sliceOf(
  shape: Shape,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[] = [...starts.keys()],
  steps: readonly number[] = starts.map(() => 1),
): readonly AxisSlice[] {
  return axes.map((given, i) => {
    const axis = axisOf(given, shape.length);
    const extent = present(shape[axis]);
    const [start, end, step] = [starts[i], ends[i], steps[i]];
    if (start === undefined || end === undefined || step === undefined || step === 0) {
      throw new ShapeError("its starts, ends, axes and steps do not fit each other");
    }
    const counted = (value: number, least: number, most: number) =>
      Math.min(most, Math.max(least, value < 0 ? value + extent : value));
    const from = step > 0 ? counted(start, 0, extent) : counted(start, 0, extent - 1);
    const to = step > 0 ? counted(end, 0, extent) : counted(end, -1, extent - 1);
    return { axis, start: from, count: Math.max(0, Math.ceil((to - from) / step)), step };
  });
}

/**
 * The extents that ONNX's Reshape asks for.
 *
 * @param allowZero whether 0 is an extent. Else it stands for the input's
 * @throws ShapeError
 */
export function reshapeTarget(shape: Shape, asked: readonly number[], allowZero: boolean): Shape {
  const extents = asked.map((extent, axis) => (extent === 0 && !allowZero ? (shape[axis] ?? Number.NaN) : extent));
  const known = elementsOf(extents.filter((extent) => extent !== -1));
  const target = extents.map((extent) => (extent === -1 ? elementsOf(shape) / known : extent));
  const open = extents.filter((extent) => extent === -1).length;
  const fits = target.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (open < 2 && fits && elementsOf(target) === elementsOf(shape)) return target;
  throw new ShapeError(`its input [${shape.join(", ")}] cannot become [${asked.join(", ")}]`);
}

/** The extents without some axes, which must be 1; without axes, without all that are 1. @throws ShapeError */
export function squeezed(shape: Shape, axes: readonly number[] | undefined): readonly number[] {
  const gone = axes?.map((axis) => axisOf(axis, shape.length)) ?? [...shape.keys()].filter((axis) => shape[axis] === 1);
  for (const axis of gone) {
    if (shape[axis] !== 1)
      throw new ShapeError(`axis ${axis} of [${shape.join(", ")}] is not 1, so it cannot be left out`);
  }
  return [...shape.keys()].filter((axis) => !gone.includes(axis));
}

/** For each axis of the result the axis of the input, or undefined for a new one of extent 1. @throws ShapeError */
export function unsqueezed(rank: number, axes: readonly number[]): readonly (number | undefined)[] {
  const whole = rank + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, whole)));
  if (added.size < axes.length) throw new ShapeError(`its axes [${axes.join(", ")}] name an axis twice`);
  let next = 0;
  return Array.from({ length: whole }, (_, axis) => (added.has(axis) ? undefined : next++));
}
