import { ShapeError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { asOneProduct, gradientOfA, gradientOfB } from "./matmul.js";
import { type MatmulOptions, readMatmul, shapesOf } from "./options.js";

/**
 * The gradients of {@link matmul} with respect to its factors: da = dy·Bᵀ and db = Aᵀ·dy for A·B, each summed over the
 * axes along which its factor was stretched.
 *
 * @param a float32, the forward's first factor
 * @param b float32, the forward's second factor
 * @param dy float32 [..., M, N], the gradient of the forward's output
 * @param options the forward's options; `bias` is ignored, and an `activation` other than "none" is refused
 * @returns float32: da of a's shape, and db of b's shape. The gradient of the bias is the sum of dy over all axes but
 * the last
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other; BackendMismatchError,
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const a = backend.tensor([[1, 2], [3, 4]]);
 * const b = backend.tensor([[1, 0, 1], [0, 1, 1]]);
 * const { da, db } = matmulBackward(a, b, backend.full([2, 3], 1));
 * await da.read(); // [2, 2, 2, 2]
 * await db.read(); // [4, 4, 4, 6, 6, 6]
 * ```
 */
export function matmulBackward(
  a: Tensor,
  b: Tensor,
  dy: Tensor,
  options: MatmulOptions = {},
): { da: Tensor; db: Tensor } {
  const operator = "matmulBackward";
  const backend = checkTensors(operator, { a, b, dy });
  const asked = readMatmul(operator, "backward", a, b, options);
  const output = [...asked.batchShape, asked.m, asked.n];
  if (!sameShape(dy.shape, output)) {
    throw new ShapeError(
      `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${output.join(", ")}] (${shapesOf(a, b, asked)})`,
    );
  }
  return backend.tidy(() => {
    const joined = asOneProduct(asked);
    if (!joined || asked.batchShape.length === 0) {
      return { da: gradientOfA(a, b, dy, asked), db: gradientOfB(a, b, dy, asked) };
    }
    const { m, n, k, transposeA, transposeB } = joined;
    const matrixA = reshape(a, transposeA ? [k, m] : [m, k]);
    const matrixB = reshape(b, transposeB ? [n, k] : [k, n]);
    const matrixDy = reshape(dy, [m, n]);
    return {
      da: reshape(gradientOfA(matrixA, matrixB, matrixDy, joined), a.shape),
      db: reshape(gradientOfB(matrixA, matrixB, matrixDy, joined), b.shape),
    };
  });
}
