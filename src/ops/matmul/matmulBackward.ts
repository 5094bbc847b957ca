import { ShapeError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { gradientOfA, gradientOfB } from "./matmul.js";
import { type MatmulOptions, readMatmul } from "./options.js";

/**
 * Both gradients of `matmul`. They are matrix products themselves: dy·Bᵀ and Aᵀ·dy for A·B.
 *
 * @param a the forward's first factor
 * @param b the forward's second factor
 * @param dy float32 [M, N], the gradient of the forward's output
 * @param options the forward's; `bias` is ignored, an `activation` refused
 * @returns da of a's shape, db of b's; the bias's gradient is the sum of dy over its rows
 * @throws OptionError, ShapeError, BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function matmulBackward(
  a: Tensor,
  b: Tensor,
  dy: Tensor,
  options: MatmulOptions = {},
): { da: Tensor; db: Tensor } {
  const operator = "matmulBackward";
  const backend = checkTensors(operator, { a, b, dy });
  const { m, n, transposeA, transposeB } = readMatmul(operator, "backward", a, b, options);
  if (!sameShape(dy.shape, [m, n])) {
    throw new ShapeError(
      `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${m}, ${n}] (a [${a.shape.join(", ")}], b [${b.shape.join(", ")}])`,
    );
  }
  return backend.tidy(() => ({
    da: gradientOfA(b, dy, { transposeA, transposeB }),
    db: gradientOfB(a, dy, { transposeA, transposeB }),
  }));
}
