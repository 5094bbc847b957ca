import shader from "../../../shaders/elementwise/gelu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { type Unary, unary, unaryBackward } from "../kit/unary.js";

/** The options of {@link gelu} and {@link geluBackward}. */
export interface GeluOptions {
  /**
   * How Φ is computed. "none" (default): by the error function. "tanh": y is x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
   * / 2, an approximation. Some models were trained with it.
   */
  readonly approximate?: "none" | "tanh" | undefined;
}

export const definition: Unary = {
  name: "gelu",
  shader,
  gradientFrom: "x",
  options: {
    names: ["approximate"],
    read(reader) {
      const tanh = reader.word("approximate", ["none", "tanh"], "none") === "tanh";
      return { numbers: { tanh: Number(tanh) }, constants: { TANH: tanh } };
    },
  },
};

/**
 * The Gaussian error linear unit x · Φ(x), where Φ is the distribution function of the normal distribution (Hendrycks
 * and Gimpel, 2016). It is 0 where x is −∞. The error is at most 2 units in the last place of y, plus 10 + 1.25 x²
 * units in the last place of x · Φ(−|x|). The approximation has a bound of the same form around its own exact value.
 *
 * @param x float32 of any shape
 * @param options `approximate`, see {@link GeluOptions}
 * @returns float32 of the same shape
 * @throws OptionError if x is not a tensor or an option is invalid; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([-2, -0.5, 0, 1]);
 * await gelu(x).read(); // ≈ [-0.0455, -0.154, 0, 0.841]
 * await gelu(x, { approximate: "tanh" }).read(); // ≈ [-0.0454, -0.154, 0, 0.841]
 * ```
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  return unary(definition, x, options);
}

/**
 * The gradient of {@link gelu} with respect to its input: dy · (Φ(x) + x · φ(x)), where φ is the density of the normal
 * distribution. With "tanh" it is dy times the derivative of the approximation.
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
 * await geluBackward(x, dy).read(); // ≈ [-0.0852, 0.133, 0.5, 1.08]
 * ```
 */
export function geluBackward(x: Tensor, dy: Tensor, options: GeluOptions = {}): Tensor {
  return unaryBackward(definition, x, dy, options);
}
