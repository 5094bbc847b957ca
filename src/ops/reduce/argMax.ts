import { ShapeError } from "../../core/errors.js";
import { isInteger, OptionReader } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchExtremum } from "./extremum.js";

export interface ArgMaxOptions {
  /** The axis along which to look. Negative ones count from the end. */
  readonly axis: number;
  /** Whether the axis stays, with an extent of 1. False if left out. */
  readonly keepDimensions?: boolean | undefined;
}

/** float32 holds all whole numbers up to here. */
const LARGEST_POSITION = 2 ** 24;

/**
 * The position of the largest element along an axis (WebNN's `argMax`). Of equal ones the first, and the first NaN if
 * there is one, as in NumPy and PyTorch. It is a step function, so it passes no gradient to x.
 *
 * @param x float32 of any shape of at least one axis; of an extent of at most 2²⁴ along `axis`
 * @returns float32, whole numbers, of x's shape without `axis`, or, with `keepDimensions`, with an extent of 1 for it
 * @throws OptionError if `axis` is no axis of x; ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function argMax(x: Tensor, options: ArgMaxOptions): Tensor {
  const operator = "argMax";
  checkTensors(operator, { x });
  const { shape } = x;
  const { axis, keepDimensions } = readArgMax(operator, shape, options);
  const length = shape[axis] ?? 1;
  if (length > LARGEST_POSITION) {
    throw new ShapeError(
      `${operator}: x has the extent ${length} along axis ${axis}, expected at most 2²⁴: float32 holds no larger position (x [${shape.join(", ")}]); split the axis`,
    );
  }
  const keptShape = shape.with(axis, 1);
  const inner = elementsOf(shape.slice(axis + 1));
  return execute({
    name: operator,
    inputs: { x },
    outputs: { y: keepDimensions ? keptShape : shape.toSpliced(axis, 1) },
    gpu(launcher, { x }, { y }) {
      // The kernel finds the positions beside the maxima.
      const maxima = launcher.workspace(y.elements);
      launchExtremum(launcher, "max", shape, keptShape, x, maxima, { what: "positions", storage: y });
    },
    cpu: (kernels, inputs, outputs) => kernels.argMax({ length, inner }, inputs, outputs),
    terms: 0,
    backward: () => ({}),
  }).y;
}

function readArgMax(operator: string, shape: Shape, options: ArgMaxOptions) {
  const reader: OptionReader = new OptionReader(operator, options, ["axis", "keepDimensions"]);
  const rank = shape.length;
  const value = reader.given("axis");
  const axis = isInteger(value, -rank) && value < 0 ? value + rank : value;
  if (!isInteger(axis, 0) || axis >= rank) {
    const expected = rank === 0 ? "none: a scalar has no axes" : `an integer from ${-rank} to ${rank - 1}`;
    reader.refuse("axis", value, `${expected} (x [${shape.join(", ")}])`);
  }
  return { axis, keepDimensions: reader.boolean("keepDimensions", false) };
}
