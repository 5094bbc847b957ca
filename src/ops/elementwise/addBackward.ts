import type { Tensor } from "../../core/tensor.js";
import { checkShape, type Shape } from "../../core/shape.js";
import { broadcastShape } from "../kit/broadcast.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors } from "../kit/execute.js";
import { sumTo } from "../reduce/sumTo.js";

/**
 * The gradients of `add`: dy, summed over the axes along which an operand was stretched. Where it was not, its gradient shares dy's memory.
 *
 * @param aShape the forward's `a.shape`
 * @param bShape the forward's `b.shape`
 * @param dy the gradient of the forward's output, of that output's shape
 * @returns da, of `aShape`, and db, of `bShape`
 * @throws OptionError where dy is no tensor; ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function addBackward(aShape: Shape, bShape: Shape, dy: Tensor): { readonly da: Tensor; readonly db: Tensor } {
  const operator = "addBackward";
  const backend = checkTensors(operator, { dy });
  const a = checkShape(operator, "aShape", aShape);
  const b = checkShape(operator, "bShape", bShape);
  checkGradientShape(operator, dy, broadcastShape(operator, "aShape", a, "bShape", b));
  return backend.tidy(() => ({ da: sumTo(dy, a), db: sumTo(dy, b) }));
}
