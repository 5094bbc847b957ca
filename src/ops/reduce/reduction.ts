import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import { readAxes } from "../kit/axes.js";

/** The options of {@link reduceSum}, {@link reduceMean}, {@link reduceMax}, {@link reduceMin} and their gradients. */
export interface ReduceOptions {
  /**
   * The axes to reduce, in any order. A negative number counts from the end. All axes if left out; `[]` reduces none.
   */
  readonly axes?: readonly number[] | undefined;
  /** Whether the reduced axes stay, with an extent of 1. False if left out. */
  readonly keepDimensions?: boolean | undefined;
}

/** The shapes of one reduction. */
interface Reduction {
  /** The input's shape with an extent of 1 for each reduced axis. */
  readonly keptShape: Shape;
  readonly outputShape: Shape;
  /** The number of input elements that are reduced to one output element. */
  readonly count: number;
}

/** Reads the options of a reduction or its gradient. @throws OptionError */
export function readReduction(operator: string, inputShape: Shape, options: ReduceOptions): Reduction {
  const reader = new OptionReader(operator, options, ["axes", "keepDimensions"]);
  const axes = readAxes(reader, inputShape.length, [...inputShape.keys()]);
  const keepDimensions = reader.boolean("keepDimensions", false);
  const keptShape = inputShape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return {
    keptShape,
    outputShape: keepDimensions ? keptShape : inputShape.filter((_, axis) => !axes.includes(axis)),
    count: axes.reduce((product, axis) => product * (inputShape[axis] ?? 1), 1),
  };
}
