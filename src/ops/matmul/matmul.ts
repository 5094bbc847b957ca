import type { MatmulAttributes } from "../../core/attributes.js";
import { ShapeError } from "../../core/errors.js";
import { elementsOf } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { beforeRelu } from "../elementwise/relu.js";
import { checkTensors, execute } from "../kit/execute.js";
import { sumTo } from "../reduce/sumTo.js";
import { launchBatched } from "./batched.js";
import { launchMatmul } from "./launch.js";
import { type MatmulOptions, readMatmul, shapesOf, type Transposition } from "./options.js";

/**
 * The product of two matrices, or of each pair in a batch, with bias and activation (WebNN's `matmul`; for two axes
 * ONNX's `Gemm`). The axes before the last two are stretched to one shape, as NumPy broadcasts them.
 *
 *     y[…,m,n] = act(bias[n] + Σ_k a[…,m,k] · b[…,k,n])
 *
 * @param a float32 [..., M, K], or [..., K, M] with `transposeA`
 * @param b float32 [..., K, N], or [..., N, K] with `transposeB`
 * @param options `transposeA`, `transposeB`, `bias` and `activation`, see {@link MatmulOptions}
 * @returns float32 [..., M, N]
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other, or if more than four
 * runs of axes before the matrices are stretched in turn; BackendMismatchError, DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @example
 * ```ts
 * const a = backend.tensor([[1, 2], [3, 4]]);
 * const b = backend.tensor([[1, 0, 1], [0, 1, 1]]);
 * await matmul(a, b).read(); // [1, 2, 3, 3, 4, 7]
 * await matmul(a, b, { transposeA: true }).read(); // [1, 3, 4, 2, 4, 6]
 * const bias = backend.tensor([-2, 0, 2]);
 * await matmul(a, b, { bias, activation: "relu" }).read(); // [0, 2, 5, 1, 4, 9]
 * ```
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const bias = options?.bias;
  const backend = checkTensors("matmul", { a, b, bias }, ["bias"]);
  const asked = readMatmul("matmul", "forward", a, b, options);
  const { n } = asked;
  if (bias && (bias.shape.length !== 1 || bias.size !== n)) {
    throw new ShapeError(
      `matmul: bias is [${bias.shape.join(", ")}], expected one value for each column, [${n}] (${shapesOf(a, b, asked)})`,
    );
  }
  return backend.tidy(() => {
    const joined = asOneProduct(asked);
    if (!joined) return product(a, b, bias, asked);
    const { m, k, transposeA, transposeB } = joined;
    const y = product(
      a.shape.length === 2 ? a : reshape(a, transposeA ? [k, m] : [m, k]),
      b.shape.length === 2 ? b : reshape(b, transposeB ? [n, k] : [k, n]),
      bias,
      joined,
    );
    return asked.batchShape.length === 0 ? y : reshape(y, [...asked.batchShape, asked.m, n]);
  });
}

/**
 * The products of a batch as one product. If b is one matrix, the rows of all matrices of a are the rows of one matrix.
 * Undefined if b has several matrices, or if the rows of a are not neighbours in memory.
 */
export function asOneProduct(g: MatmulAttributes): MatmulAttributes | undefined {
  const matrices = elementsOf(g.aBatch);
  if (elementsOf(g.bBatch) > 1 || (g.transposeA && matrices > 1)) return undefined;
  return { ...g, m: matrices * g.m, batchShape: [], aBatch: [], bBatch: [] };
}

function product(a: Tensor, b: Tensor, bias: Tensor | undefined, asked: MatmulAttributes): Tensor {
  const { m, n, k, relu, batchShape } = asked;
  const single = batchShape.length === 0;
  const g = { ...asked, ...(single ? bestStored(asked) : {}) };
  return execute({
    name: "matmul",
    inputs: {
      a: g.transposeA === asked.transposeA ? a : toLayout(a, "km", "mk"),
      b: g.transposeB === asked.transposeB ? b : toLayout(b, "nk", "kn"),
      bias,
    },
    outputs: { y: [...batchShape, m, n] },
    gpu: (launcher, inputs, outputs) => (single ? launchMatmul : launchBatched)(launcher, g, { ...inputs, ...outputs }),
    cpu: (kernels, inputs, outputs) => kernels.matmul(g, inputs, outputs),
    terms: k + (bias ? 1 : 0),
    rectifies: relu,
    backward(call) {
      const { a, b } = call.inputs;
      const { wants } = call;
      const dy = relu ? beforeRelu(call) : call.gradient("y");
      return {
        a: wants("a") ? gradientOfA(a, b, dy, g) : undefined,
        b: wants("b") ? gradientOfB(a, b, dy, g) : undefined,
        bias: wants("bias") ? sumTo(dy, [n]) : undefined,
      };
    },
  }).y;
}

/** dy · Bᵀ, stored as A is, and summed over the axes along which A is stretched. */
export function gradientOfA(a: Tensor, b: Tensor, dy: Tensor, { transposeA, transposeB }: Transposition): Tensor {
  const da = transposeA
    ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
    : matmul(dy, b, { transposeB: !transposeB });
  return a.shape.length === 2 && da.shape.length === 2 ? da : sumTo(da, a.shape);
}

/** Aᵀ · dy, stored as B is, and summed over the axes along which B is stretched. */
export function gradientOfB(a: Tensor, b: Tensor, dy: Tensor, { transposeA, transposeB }: Transposition): Tensor {
  const db = transposeB
    ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
    : matmul(a, dy, { transposeA: !transposeA });
  return b.shape.length === 2 && db.shape.length === 2 ? db : sumTo(db, b.shape);
}

/**
 * Brings the factors to a form that has a kernel. A factor of a single row or column needs no transpose, only another
 * shape. Aᵀ·Bᵀ has no kernel, so the smaller factor is transposed.
 */
function bestStored(g: MatmulAttributes): Transposition {
  const transposeA = g.transposeA && g.m > 1 && g.k > 1;
  const transposeB = g.transposeB && g.n > 1 && g.k > 1;
  if (!(transposeA && transposeB)) return { transposeA, transposeB };
  return { transposeA: g.m > g.n, transposeB: g.m <= g.n };
}
