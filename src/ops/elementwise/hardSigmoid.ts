import shader from "../../../shaders/elementwise/hardSigmoid.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

/** The options of {@link hardSigmoid} and {@link hardSigmoidBackward}. */
export interface HardSigmoidOptions {
  /** The slope; 1/6 if left out. */
  readonly alpha?: number | undefined;
  /** The value of y at x = 0; 1/2 if left out. */
  readonly beta?: number | undefined;
}

export const definition: Unary = {
  name: "hardSigmoid",
  shader,
  gradientFrom: "x",
  options: {
    names: ["alpha", "beta"],
    read(reader) {
      const alpha = Math.fround(reader.finiteNumber("alpha", 1 / 6));
      const beta = Math.fround(reader.finiteNumber("beta", 1 / 2));
      // The values of x at which the line meets 0 and 1. The gradient compares x with them, so all runtimes agree on
      // the elements that get a gradient.
      const ends = [-beta / alpha, (1 - beta) / alpha];
      return { numbers: { alpha, beta, min: Math.min(...ends), max: Math.max(...ends) } };
    },
  },
};

/**
 * The hard sigmoid function: alpha · x + beta, limited to the range from 0 to 1. By default this is relu6(x + 3) / 6
 * (Howard et al., "Searching for MobileNetV3", ICCV 2019). The options are ONNX's. The error is at most 3 units in the
 * last place of |alpha · x| + |beta|.
 *
 * @param x float32 of any shape
 * @param options `alpha` and `beta`, see {@link HardSigmoidOptions}
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor or an option is invalid; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await hardSigmoid(x).read(); // ≈ [0.167, 0.417, 0.5, 0.667]
 * // The slope of Keras 2, and the default of ONNX:
 * await hardSigmoid(x, { alpha: 0.2 }).read(); // ≈ [0.1, 0.4, 0.5, 0.7]
 * ```
 */
export function hardSigmoid(x: Tensor, options: HardSigmoidOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link hardSigmoid} with respect to its input: alpha · dy where 0 < alpha · x + beta < 1 or x is NaN,
 * else 0.
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
 * const x = backend.tensor([-4, -2, -0.5, 0, 1]);
 * const dy = backend.full([5], 1);
 * await hardSigmoidBackward(x, dy).read(); // ≈ [0, 0.167, 0.167, 0.167, 0.167]
 * ```
 */
export function hardSigmoidBackward(x: Tensor, dy: Tensor, options: HardSigmoidOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
