import shader from "../../../shaders/elementwise/minimum.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward, type OperandGradients } from "../kit/binary.js";

export const definition: Binary = { name: "minimum", shader };

/**
 * The smaller of two tensors, element by element and exactly, stretched to one shape as numpy broadcasts them. NaN where either is NaN.
 *
 * @param a float32 of any shape
 * @param b float32 of a shape that, from the last axis on, has a's extents, or 1 on either side
 * @returns float32 of the larger extent along each axis
 * @throws OptionError if a or b is not a tensor; ShapeError if the shapes do not stretch to one; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function minimum(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of `minimum`: dy for the smaller operand, half of it for each of two that are equal, all of it for both where one is NaN, each summed over the axes along which its operand was stretched.
 *
 * @param a the forward's `a`
 * @param b the forward's `b`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @returns da, of `a.shape`, and db, of `b.shape`
 * @throws OptionError if one is not a tensor; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function minimumBackward(a: Tensor, b: Tensor, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return binaryBackward(definition, a, b, dy, options);
}
