import shader from "../../../shaders/elementwise/prelu.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward } from "../kit/binary.js";

export const definition: Binary = { name: "prelu", shader, operands: ["x", "slope"], onlyBStretches: true };

/**
 * The parametric rectified linear unit (WebNN's and PyTorch's `prelu`): x where x is positive, else slope · x. NaN
 * stays NaN.
 *
 * @param x float32 of any shape
 * @param slope float32. From the last axis on, each extent is that of x or 1. For one slope per channel, `[C]` fits
 * nhwc and `[C, 1, 1]` fits nchw
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of x's shape
 * @throws OptionError if x or slope is not a tensor; ShapeError if slope does not stretch to the shape of x;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[-2, -0.5], [0, 1]]);
 * const slope = backend.tensor([0.5, 0.1]);
 * await prelu(x, slope).read(); // ≈ [-1, -0.05, 0, 1]
 * ```
 */
export function prelu(x: Tensor, slope: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, x, slope, options);
}

/**
 * The gradients of {@link prelu}. dx is dy where x is positive, else slope · dy. dslope is x · dy where x is not
 * positive, else 0. It is summed over the axes along which slope was stretched. At x = 0, dx is slope · dy and dslope
 * is 0, as in PyTorch.
 *
 * @param x float32, the forward's `x`
 * @param slope float32, the forward's `slope`
 * @param dy float32, the gradient of the forward's output, of x's shape
 * @param options there are none (see {@link NoOptions})
 * @returns dx, float32 of `x.shape`, and dslope, of `slope.shape`
 * @throws OptionError if one is not a tensor; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[-2, -0.5], [0, 1]]);
 * const slope = backend.tensor([0.5, 0.25]);
 * const { dx, dslope } = preluBackward(x, slope, backend.full([2, 2], 1));
 * await dx.read(); // [0.5, 0.25, 0.5, 1]
 * await dslope.read(); // [-2, -0.5]
 * ```
 */
export function preluBackward(
  x: Tensor,
  slope: Tensor,
  dy: Tensor,
  options: NoOptions = {},
): { readonly dx: Tensor; readonly dslope: Tensor } {
  const { da, db } = binaryBackward(definition, x, slope, dy, options);
  return { dx: da, dslope: db };
}
