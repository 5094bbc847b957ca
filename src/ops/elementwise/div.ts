import shader from "../../../shaders/elementwise/div.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward, type OperandGradients } from "../kit/binary.js";

export const definition: Binary = { name: "div", shader };

/**
 * The elementwise quotient a / b of two tensors, stretched to one shape as NumPy broadcasts them.
 * The error is at most 2.5 units in the last place, as WGSL allows.
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
 * const row = backend.tensor([2, 4]);
 * const column = backend.tensor([[2], [4]]);
 * await div(a, row).read(); // ≈ [0.5, 0.5, 1.5, 1]
 * await div(a, column).read(); // ≈ [0.5, 1, 0.75, 1]
 * ```
 */
export function div(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of {@link div}: dy / b and −dy · a / b², each summed over the axes along which its operand was
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
 * const b = backend.tensor([2, 4]);
 * const { da, db } = divBackward(a, b, backend.full([2, 2], 1));
 * await da.read(); // ≈ [0.5, 0.25, 0.5, 0.25]
 * await db.read(); // ≈ [-1, -0.375]
 * ```
 */
export function divBackward(a: Tensor, b: Tensor, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return binaryBackward(definition, a, b, dy, options);
}
