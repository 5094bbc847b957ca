import shader from "../../../shaders/elementwise/sub.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, backwardByShapes, binary, type OperandGradients } from "../kit/binary.js";
import { sumTo } from "../reduce/sumTo.js";
import { neg } from "./neg.js";

export const definition: Binary = {
  name: "sub",
  shader,
  gradients: { a: sumTo, b: negatedSum },
};

function negatedSum(dy: Tensor, shape: Shape): Tensor {
  return neg(sumTo(dy, shape));
}

/**
 * The difference a − b of two tensors, stretched to one shape as NumPy broadcasts them.
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
 * await sub(a, row).read(); // [-9, -18, -7, -16]
 * await sub(a, column).read(); // [-9, -8, -17, -16]
 * ```
 */
export function sub(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of {@link sub}: dy and −dy, each summed over the axes along which its operand was stretched. If a was
 * not stretched, da shares dy's memory.
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
 * const { da, db } = subBackward([2, 2], [2], dy);
 * await da.read(); // [1, 2, 3, 4]
 * await db.read(); // [-4, -6]
 * ```
 */
export function subBackward(aShape: Shape, bShape: Shape, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return backwardByShapes("subBackward", aShape, bShape, dy, options, negatedSum);
}
