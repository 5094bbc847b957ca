import shader from "../../../shaders/elementwise/mul.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward, type OperandGradients } from "../kit/binary.js";
import { sumTo } from "../reduce/sumTo.js";

export const definition: Binary = {
  name: "mul",
  shader,
  gradients: { a: productWithDy, b: productWithDy },
};

function productWithDy(dy: Tensor, shape: Shape, other: Tensor): Tensor {
  return sumTo(mul(dy, other), shape);
}

/**
 * The elementwise product of two tensors, stretched to one shape as NumPy broadcasts them.
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
 * const row = backend.tensor([10, 20]);
 * const column = backend.tensor([[10], [20]]);
 * await mul(a, row).read(); // [10, 40, 30, 80]
 * await mul(a, column).read(); // [10, 20, 60, 80]
 * ```
 */
export function mul(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of {@link mul}: dy · b and dy · a, each summed over the axes along which its operand was stretched.
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
 * const b = backend.tensor([10, 20]);
 * const { da, db } = mulBackward(a, b, backend.full([2, 2], 1));
 * await da.read(); // [10, 20, 10, 20]
 * await db.read(); // [4, 6]
 * ```
 */
export function mulBackward(a: Tensor, b: Tensor, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return binaryBackward(definition, a, b, dy, options);
}
