import { at, type Expected, type Operand, TermSums, valuesOf } from "./operand.js";

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** [N] */
  readonly bias?: Operand;
  readonly activation?: "none" | "relu";
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  index(row: number, column: number): number;
}

function matrix(shape: readonly number[], transposed = false): Matrix {
  const [first, second] = [at(shape, 0), at(shape, 1)];
  return transposed
    ? { rows: second, columns: first, index: (row, column) => column * second + row }
    : { rows: first, columns: second, index: (row, column) => row * second + column };
}

/** Visits every product a[aIndex] · b[bIndex] that is added into y[yIndex]. */
function forEachProduct(a: Matrix, b: Matrix, visit: (yIndex: number, aIndex: number, bIndex: number) => void): void {
  if (a.columns !== b.rows) throw new Error(`oracle: ${a.columns} columns meet ${b.rows} rows`);
  for (let m = 0; m < a.rows; m++)
    for (let n = 0; n < b.columns; n++)
      for (let k = 0; k < a.columns; k++) visit(m * b.columns + n, a.index(m, k), b.index(k, n));
}

/** y [M, N]: rows of a by columns of b, and the bias. */
export function matmul(a: Operand, b: Operand, options: MatmulOptions = {}): Expected {
  const [aView, bView] = [matrix(a.shape, options.transposeA), matrix(b.shape, options.transposeB)];
  const [aValues, bValues] = [valuesOf("a", a, a.shape), valuesOf("b", b, b.shape)];
  const y = new TermSums([aView.rows, bView.columns]);
  if (options.bias) {
    const bias = valuesOf("bias", options.bias, [bView.columns]);
    for (let i = 0; i < y.values.length; i++) y.add(i, at(bias, i % bView.columns));
  }
  forEachProduct(aView, bView, (yIndex, aIndex, bIndex) => y.add(yIndex, at(aValues, aIndex) * at(bValues, bIndex)));
  if (options.activation !== "relu") return y;
  return { ...y, values: y.values.map((value) => (value < 0 ? 0 : value)) };
}

/** da and db: every output sends b · dy to the elements of a that it was made of, and a · dy to those of b. */
export function matmulBackward(
  a: Operand,
  b: Operand,
  dy: Operand,
  options: MatmulOptions = {},
): { da: Expected; db: Expected } {
  const [aView, bView] = [matrix(a.shape, options.transposeA), matrix(b.shape, options.transposeB)];
  const [aValues, bValues] = [valuesOf("a", a, a.shape), valuesOf("b", b, b.shape)];
  const dyValues = valuesOf("dy", dy, [aView.rows, bView.columns]);
  const [da, db] = [new TermSums(a.shape), new TermSums(b.shape)];
  forEachProduct(aView, bView, (yIndex, aIndex, bIndex) => {
    da.add(aIndex, at(dyValues, yIndex) * at(bValues, bIndex));
    db.add(bIndex, at(dyValues, yIndex) * at(aValues, aIndex));
  });
  return { da, db };
}
