import type { MatmulAttributes } from "../../core/attributes.js";
import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { beforeRelu } from "../elementwise/relu.js";
import { checkTensors, execute } from "../kit/execute.js";
import { reduceSum } from "../reduce/reduceSum.js";
import { launchMatmul } from "./launch.js";
import { type MatmulOptions, readMatmul, shapesOf } from "./options.js";

/**
 * The product of two matrices (WebNN's `matmul` and ONNX's `Gemm`, for two axes), with bias and activation.
 *
 *     y[m,n] = act(bias[n] + Σ_k a[m,k] · b[k,n])
 *
 * @param a float32 [M, K], or [K, M] with `transposeA`
 * @param b float32 [K, N], or [N, K] with `transposeB`
 * @returns float32 [M, N]
 * @throws OptionError, ShapeError, BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const bias = options?.bias;
  const backend = checkTensors("matmul", { a, b, bias }, ["bias"]);
  const asked = readMatmul("matmul", "forward", a, b, options);
  const { m, n, k, relu } = asked;
  if (bias && (bias.shape.length !== 1 || bias.size !== n)) {
    throw new ShapeError(
      `matmul: bias is [${bias.shape.join(", ")}], expected one value for each column, [${n}] (${shapesOf(a, b, asked)})`,
    );
  }
  return backend.tidy(() => {
    const g = { ...asked, ...bestStored(asked) };
    return execute({
      name: "matmul",
      inputs: {
        a: g.transposeA === asked.transposeA ? a : toLayout(a, "km", "mk"),
        b: g.transposeB === asked.transposeB ? b : toLayout(b, "nk", "kn"),
        bias,
      },
      outputs: { y: [m, n] },
      gpu: (launcher, inputs, outputs) => launchMatmul(launcher, g, { ...inputs, ...outputs }),
      cpu: (kernels, inputs, outputs) => kernels.matmul(g, inputs, outputs),
      terms: k + (bias ? 1 : 0),
      rectifies: relu,
      backward(call) {
        const { a, b } = call.inputs;
        const { wants } = call;
        const dy = relu ? beforeRelu(call) : call.gradient("y");
        return {
          a: wants("a") ? gradientOfA(b, dy, g) : undefined,
          b: wants("b") ? gradientOfB(a, dy, g) : undefined,
          bias: wants("bias") ? reduceSum(dy, { axes: [0] }) : undefined,
        };
      },
    }).y;
  });
}

interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** dy · Bᵀ, stored as A is. */
export function gradientOfA(b: Tensor, dy: Tensor, { transposeA, transposeB }: Transposition): Tensor {
  return transposeA
    ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
    : matmul(dy, b, { transposeB: !transposeB });
}

/** Aᵀ · dy, stored as B is. */
export function gradientOfB(a: Tensor, dy: Tensor, { transposeA, transposeB }: Transposition): Tensor {
  return transposeB
    ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
    : matmul(a, dy, { transposeA: !transposeA });
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
