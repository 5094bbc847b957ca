import { reshape, type Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { matmul } from "../../ops/matmul/matmul.js";
import { present } from "../host/present.js";
import type { Operands } from "../layers/operands.js";
import type { Operation } from "./elementwise.js";

/** NumPy's product: a vector is a row on the left and a column on the right. */
function product(operands: Operands): Tensor {
  const [a, b] = [operands.tensor(0), operands.tensor(1)];
  const rows = a.shape.length === 1 ? reshape(a, [1, a.size]) : a;
  const columns = b.shape.length === 1 ? reshape(b, [b.size, 1]) : b;
  const transposeB = operands.attributes.number("transposeB", 0) !== 0;
  const y = matmul(rows, columns, { transposeB });
  if (rows === a && columns === b) return y;
  const [m, n] = [present(y.shape.at(-2)), present(y.shape.at(-1))];
  const last = [...(rows === a ? [m] : []), ...(columns === b ? [n] : [])];
  return reshape(y, [...y.shape.slice(0, -2), ...last]);
}

/** alpha · A · B + beta · C */
function gemm(operands: Operands): Tensor {
  const { attributes } = operands;
  const [alpha, beta] = [attributes.number("alpha", 1), attributes.number("beta", 1)];
  const transposeA = attributes.number("transA", 0) !== 0;
  const transposeB = attributes.number("transB", 0) !== 0;
  const c = operands.optional(2);
  const times = (x: Tensor, factor: number) => (factor === 1 ? x : mul(x, x.backend.full([], factor)));
  const y = times(matmul(operands.tensor(0), operands.tensor(1), { transposeA, transposeB }), alpha);
  return c ? add(y, times(c, beta)) : y;
}

export const PRODUCTS: Readonly<Record<string, Operation>> = { Gemm: gemm, MatMul: product };
