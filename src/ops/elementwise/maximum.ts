import shader from "../../../shaders/elementwise/maximum.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward, type OperandGradients } from "../kit/binary.js";

export const definition: Binary = { name: "maximum", shader };

/**
 * The elementwise maximum of two tensors, stretched to one shape as NumPy broadcasts them. It is NaN where either
 * element is NaN. The result is exact.
 *
 * @param a float32 of any shape
 * @param b float32. From the last axis on, its extents equal those of `a`, or one of the two extents is 1
 * @param options there are none (see {@link NoOptions})
 * @returns float32, with the larger of the two extents along each axis
 * @throws OptionError if a or b is not a tensor; ShapeError if the shapes do not stretch to one; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const a = backend.tensor([[1, 2], [3, 4]]);
 * const row = backend.tensor([2, 3]);
 * const column = backend.tensor([[2], [3]]);
 * await maximum(a, row).read(); // [2, 3, 3, 4]
 * await maximum(a, column).read(); // [2, 2, 3, 4]
 * ```
 */
export function maximum(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of {@link maximum}: the larger operand gets dy. Equal operands get half of dy each. If one is NaN, both
 * get dy. Each gradient is summed over the axes along which its operand was stretched.
 *
 * @param a float32, the forward's `a`
 * @param b float32, the forward's `b`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options there are none (see {@link NoOptions})
 * @returns float32: da, of `a.shape`, and db, of `b.shape`
 * @throws OptionError if one is not a tensor; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const a = backend.tensor([1, 2, 3]);
 * const b = backend.tensor([2, 2, 2]);
 * const { da, db } = maximumBackward(a, b, backend.full([3], 1));
 * await da.read(); // [0, 0.5, 1]
 * await db.read(); // [1, 0.5, 0]
 * ```
 */
export function maximumBackward(a: Tensor, b: Tensor, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return binaryBackward(definition, a, b, dy, options);
}
