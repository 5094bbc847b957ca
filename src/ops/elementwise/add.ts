import shader from "../../../shaders/elementwise/add.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, backwardByShapes, binary, type OperandGradients } from "../kit/binary.js";
import { sumTo } from "../reduce/sumTo.js";

export const definition: Binary = {
  name: "add",
  shader,
  gradients: { a: sumTo, b: sumTo },
};

/**
 * The sum of two tensors, stretched to one shape as NumPy broadcasts them.
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
 * await add(a, row).read(); // [11, 22, 13, 24]
 * await add(a, column).read(); // [11, 12, 23, 24]
 * ```
 */
export function add(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of {@link add}: dy, summed over the axes along which an operand was stretched. The gradient of an
 * operand that was not stretched shares dy's memory.
 *
 * @param aShape the forward's `a.shape`
 * @param bShape the forward's `b.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options there are none (see {@link NoOptions})
 * @returns float32: da, of `aShape`, and db, of `bShape`
 * @throws OptionError if dy is not a tensor; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.tensor([[1, 2], [3, 4]]);
 * const { da, db } = addBackward([2, 2], [2], dy);
 * await da.read(); // [1, 2, 3, 4]
 * await db.read(); // [4, 6]
 * ```
 */
export function addBackward(aShape: Shape, bShape: Shape, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return backwardByShapes("addBackward", aShape, bShape, dy, options, sumTo);
}
