import shader from "../../../shaders/elementwise/pow.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward, type OperandGradients } from "../kit/binary.js";

export const definition: Binary = { name: "pow", shader };

/**
 * The power a^b of two tensors, stretched to one shape as NumPy broadcasts them. Special values are those of IEEE 754's
 * pow. The error is at most 4 + 9 |b · log |a|| units in the last place.
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
 * const row = backend.tensor([2, 0.5]);
 * const column = backend.tensor([[2], [0.5]]);
 * await pow(a, row).read(); // ≈ [1, 1.41, 9, 2]
 * await pow(a, column).read(); // ≈ [1, 4, 1.73, 2]
 * ```
 */
export function pow(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of {@link pow}: da = dy · b · a^(b − 1), which is 0 where b is 0, and db = dy · a^b · log(a), which is
 * 0 where a is 0 and b ≥ 0, and NaN where a is negative. Each is summed over the axes along which its operand was
 * stretched.
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
 * const a = backend.tensor([[1, 2], [3, 4]]);
 * const b = backend.tensor([2, 0.5]);
 * const { da, db } = powBackward(a, b, backend.full([2, 2], 1));
 * await da.read(); // ≈ [2, 0.354, 6, 0.25]
 * await db.read(); // ≈ [9.89, 3.75]
 * ```
 */
export function powBackward(a: Tensor, b: Tensor, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return binaryBackward(definition, a, b, dy, options);
}
