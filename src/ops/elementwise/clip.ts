import shader from "../../../shaders/elementwise/clip.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

/** The options of {@link clip} and {@link clipBackward}. */
export interface ClipOptions {
  /** The smallest value. −∞ if left out. */
  readonly min?: number | undefined;
  /** The largest value, not below `min`. +∞ if left out. */
  readonly max?: number | undefined;
}

export const definition: Unary = {
  name: "clip",
  shader,
  gradientFrom: "x",
  options: {
    names: ["min", "max"],
    read(reader) {
      const min = reader.number("min", Number.NEGATIVE_INFINITY);
      const max = reader.number("max", Number.POSITIVE_INFINITY);
      if (Number.isNaN(min)) reader.refuse("min", min, "a number");
      if (!(max >= min)) reader.refuse("max", max, `a number of at least min, ${min}`);
      return { numbers: { min, max } };
    },
  },
};

/**
 * Limits values to a range (WebNN's `clamp`): `min` where x is smaller, `max` where x is larger, else x. NaN stays NaN.
 * The result is exact.
 *
 * @param x float32 of any shape
 * @param options `min` and `max`, see {@link ClipOptions}. Without them, the values stay as they are
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor or an option is invalid; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await clip(x, { min: -1, max: 0.5 }).read(); // [-1, -0.5, 0, 0.5]
 * await clip(x, { min: 0 }).read(); // [0, 0, 0, 1]
 * ```
 */
export function clip(x: Tensor, options: ClipOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link clip} with respect to its input: dy where min ≤ x ≤ max or x is NaN, else 0.
 *
 * @param x float32, the forward's input
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of the same shape
 * @throws OptionError if x or dy is not a tensor or an option is invalid; ShapeError if dy does not have the shape of
 * x; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * const dy = backend.full([4], 1);
 * await clipBackward(x, dy, { min: -0.5, max: 0.5 }).read(); // [0, 1, 1, 0]
 * ```
 */
export function clipBackward(x: Tensor, dy: Tensor, options: ClipOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
