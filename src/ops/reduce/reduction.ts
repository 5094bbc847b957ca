import { isInteger, OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";

export interface ReduceOptions {
  /** The axes to reduce, in any order. Negative ones count from the end. All axes if left out; `[]` reduces none. */
  readonly axes?: readonly number[] | undefined;
  /** Whether the reduced axes stay, with an extent of 1. False if left out. */
  readonly keepDimensions?: boolean | undefined;
}

/** The shapes of one reduction. */
interface Reduction {
  /** The input's shape with an extent of 1 for each reduced axis. */
  readonly keptShape: Shape;
  readonly outputShape: Shape;
  /** How many elements of the input one element of the output sums. */
  readonly count: number;
}

/** Reads the options of a reduction or its gradient. @throws OptionError */
export function readReduction(operator: string, inputShape: Shape, options: ReduceOptions): Reduction {
  const reader = new OptionReader(operator, options, ["axes", "keepDimensions"]);
  const axes = readAxes(reader, inputShape.length);
  const keepDimensions = reader.boolean("keepDimensions", false);
  const keptShape = inputShape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return {
    keptShape,
    outputShape: keepDimensions ? keptShape : inputShape.filter((_, axis) => !axes.includes(axis)),
    count: axes.reduce((product, axis) => product * (inputShape[axis] ?? 1), 1),
  };
}

/** The option `axes`: distinct axes of a tensor. Negative ones count from the end. All axes if left out. */
function readAxes(reader: OptionReader, rank: number): readonly number[] {
  const value = reader.given("axes");
  if (value === undefined) return [...Array(rank).keys()];
  const axes: number[] = [];
  for (const axis of Array.isArray(value) ? value : [undefined]) {
    const fromStart = isInteger(axis, -rank) && axis < 0 ? axis + rank : axis;
    if (!isInteger(fromStart, 0) || fromStart >= rank || axes.includes(fromStart)) {
      const expected = rank === 0 ? "[]: a scalar has no axes" : `distinct integers from ${-rank} to ${rank - 1}`;
      reader.refuse("axes", value, expected);
    }
    axes.push(fromStart);
  }
  return axes;
}
