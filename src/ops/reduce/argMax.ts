import { ShapeError } from "../../core/errors.js";
import { isInteger, OptionReader } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchExtremum } from "./extremum.js";

/** The options of {@link argMax}. */
export interface ArgMaxOptions {
  /** The axis of the elements to compare. A negative number counts from the end. Required. */
  readonly axis: number;
  /** Whether the axis stays, with an extent of 1. False if left out. */
  readonly keepDimensions?: boolean | undefined;
}

/** float32 holds all whole numbers up to this one. */
const LARGEST_POSITION = 2 ** 24;

/**
 * The position of the largest element along an axis (WebNN's `argMax`). If several elements are the largest, it is the
 * position of the first one. If there is a NaN, it is the position of the first NaN, as in NumPy and PyTorch. x gets no
 * gradient, because this is a step function.
 *
 * @param x float32 with at least one axis. Its extent along `axis` is at most 2²⁴
 * @param options `axis` is required, see {@link ArgMaxOptions}
 * @returns float32 whole numbers. The shape is x's shape without `axis`. With `keepDimensions`, the extent along `axis`
 * is 1
 * @throws OptionError if `axis` is not an axis of x; ShapeError if the extent along `axis` is more than 2²⁴;
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const logits = backend.tensor([[1, 5, 2], [7, 3, 7]]);
 * await argMax(logits, { axis: -1 }).read(); // [1, 0]
 * argMax(logits, { axis: -1, keepDimensions: true }).shape; // [2, 1]
 * ```
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
      // The kernel also computes the maxima, which are not needed.
      const maxima = launcher.workspace(y.elements);
      launchExtremum(launcher, "max", shape, keptShape, x, maxima, { what: "positions", storage: y });
    },
    cpu: (kernels, inputs, outputs) => kernels.argMax({ length, inner }, inputs, outputs),
    terms: 0,
    steps: true,
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
