import type { Tensor } from "../../core/tensor.js";
import { broadcastShape } from "../kit/broadcast.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors } from "../kit/execute.js";
import { sumTo } from "../reduce/sumTo.js";
import { mul } from "./mul.js";

/**
 * The gradients of `mul`: dy · b and dy · a, each summed over the axes along which its operand was stretched.
 *
 * @param a the forward's
 * @param b the forward's
 * @param dy the gradient of the forward's output, of that output's shape
 * @returns da, of `a.shape`, and db, of `b.shape`
 * @throws OptionError where one is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function mulBackward(a: Tensor, b: Tensor, dy: Tensor): { readonly da: Tensor; readonly db: Tensor } {
  const operator = "mulBackward";
  const backend = checkTensors(operator, { a, b, dy });
  checkGradientShape(operator, dy, broadcastShape(operator, "a", a.shape, "b", b.shape));
  return backend.tidy(() => ({ da: sumTo(mul(dy, b), a.shape), db: sumTo(mul(dy, a), b.shape) }));
}
