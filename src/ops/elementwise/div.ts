import shader from "../../../shaders/elementwise/div.wgsl";
import type { NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { type Binary, binary, binaryBackward, type OperandGradients } from "../kit/binary.js";

export const definition: Binary = { name: "div", shader };

/**
 * The elementwise quotient a / b of two tensors, stretched to one shape as numpy broadcasts them.
 * Within 2.5 units in the last place, as WGSL grants.
 *
 * @param a float32 of any shape
 * @param b float32. From the last axis on, its extents equal those of `a`, or one of the two extents is 1
 * @returns float32, with the larger of the two extents along each axis
 * @throws OptionError if a or b is not a tensor; ShapeError if the shapes do not stretch to one; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function div(a: Tensor, b: Tensor, options: NoOptions = {}): Tensor {
  return binary(definition, a, b, options);
}

/**
 * The gradients of `div`: dy / b and −dy · a / b², each summed over the axes along which its operand was stretched.
 *
 * @param a the forward's `a`
 * @param b the forward's `b`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @returns float32: da, of `a.shape`, and db, of `b.shape`
 * @throws OptionError if one is not a tensor; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function divBackward(a: Tensor, b: Tensor, dy: Tensor, options: NoOptions = {}): OperandGradients {
  return binaryBackward(definition, a, b, dy, options);
}
