import { broadcastShape, places } from "./broadcast.js";
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

/** The matrices of a tensor. A matrix lies along the last two axes. */
function matrix(shape: readonly number[], transposed = false): Matrix {
  const [first, second] = [at(shape, shape.length - 2), at(shape, shape.length - 1)];
  return transposed
    ? { rows: second, columns: first, index: (row, column) => column * second + row }
    : { rows: first, columns: second, index: (row, column) => row * second + column };
}

const batchOf = (shape: readonly number[]) => shape.slice(0, -2);

/** The shape of y: matrices along its last two axes, the axes before them broadcast. */
export function matmulShape(a: readonly number[], b: readonly number[], options: MatmulOptions = {}): number[] {
  const batch = broadcastShape(batchOf(a), batchOf(b));
  return [...batch, matrix(a, options.transposeA).rows, matrix(b, options.transposeB).columns];
}

/** Where the terms of one output lie in a and b, from neighbour to neighbour along K. */
interface Terms {
  readonly yIndex: number;
  readonly a: { readonly start: number; readonly step: number };
  readonly b: { readonly start: number; readonly step: number };
  readonly count: number;
}

/** Visits every element of y with its products. */
function forEachOutput(
  aShape: readonly number[],
  bShape: readonly number[],
  options: MatmulOptions,
  visit: (terms: Terms) => void,
): void {
  const [a, b] = [matrix(aShape, options.transposeA), matrix(bShape, options.transposeB)];
  if (a.columns !== b.rows) throw new Error(`oracle: ${a.columns} columns meet ${b.rows} rows`);
  const batch = broadcastShape(batchOf(aShape), batchOf(bShape));
  const [aMatrices, bMatrices] = [places(batchOf(aShape), batch), places(batchOf(bShape), batch)];
  const [aStep, bStep] = [a.index(0, 1), b.index(1, 0)];
  for (const [i, aMatrix] of aMatrices.entries()) {
    const ofA = aMatrix * a.rows * a.columns;
    const ofB = at(bMatrices, i) * b.rows * b.columns;
    for (let m = 0; m < a.rows; m++)
      for (let n = 0; n < b.columns; n++)
        visit({
          yIndex: (i * a.rows + m) * b.columns + n,
          a: { start: ofA + a.index(m, 0), step: aStep },
          b: { start: ofB + b.index(0, n), step: bStep },
          count: a.columns,
        });
  }
}

/** y [..., M, N]: rows of a by columns of b, and the bias. */
export function matmul(a: Operand, b: Operand, options: MatmulOptions = {}): Expected {
  const [aValues, bValues] = [valuesOf("a", a, a.shape), valuesOf("b", b, b.shape)];
  const y = new TermSums(matmulShape(a.shape, b.shape, options));
  if (options.bias) {
    const columns = at(y.shape, y.shape.length - 1);
    const bias = valuesOf("bias", options.bias, [columns]);
    for (let i = 0; i < y.values.length; i++) y.add(i, at(bias, i % columns));
  }
  forEachOutput(a.shape, b.shape, options, ({ yIndex, a, b, count }) =>
    y.addProducts(yIndex, { values: aValues, ...a }, { values: bValues, ...b }, count),
  );
  if (options.activation !== "relu") return y;
  return { ...y, values: y.values.map((value) => (value < 0 ? 0 : value)) };
}

/** da and db: every output sends b · dy to its elements of a, and a · dy to its elements of b. */
export function matmulBackward(
  a: Operand,
  b: Operand,
  dy: Operand,
  options: MatmulOptions = {},
): { da: Expected; db: Expected } {
  const [aValues, bValues] = [valuesOf("a", a, a.shape), valuesOf("b", b, b.shape)];
  const dyValues = valuesOf("dy", dy, matmulShape(a.shape, b.shape, options));
  const [da, db] = [new TermSums(a.shape), new TermSums(b.shape)];
  forEachOutput(a.shape, b.shape, options, ({ yIndex, a, b, count }) => {
    da.addMultiples(a.start, a.step, at(dyValues, yIndex), { values: bValues, ...b }, count);
    db.addMultiples(b.start, b.step, at(dyValues, yIndex), { values: aValues, ...a }, count);
  });
  return { da, db };
}
