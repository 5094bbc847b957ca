import type { Shape } from "../../../../core/shape.js";

/** Products in a row: the matrices of a and b each follow each other, or stay the same. */
export interface ProductRun {
  readonly first: number;
  readonly count: number;
  /** The first matrix of a, and the number of matrices from one product to the next. */
  readonly a: number;
  readonly aStep: number;
  readonly b: number;
  readonly bStep: number;
}

/** The products of a batch, whose factors are stretched to `batchShape` as numpy broadcasts them. */
export function productRuns(batchShape: Shape, aBatch: Shape, bBatch: Shape): readonly ProductRun[] {
  const a = matricesOf(batchShape, aBatch);
  const b = matricesOf(batchShape, bBatch);
  const runs: ProductRun[] = [];
  const stepAt = (matrices: readonly number[], i: number) => (matrices[i] ?? 0) - (matrices[i - 1] ?? 0);
  for (let first = 0; first < a.length; ) {
    let count = 1;
    const [aStep, bStep] = first + 1 < a.length ? [stepAt(a, first + 1), stepAt(b, first + 1)] : [0, 0];
    const goesOn = (i: number) => i < a.length && stepAt(a, i) === aStep && stepAt(b, i) === bStep;
    while (goesOn(first + count)) count++;
    runs.push({ first, count, a: a[first] ?? 0, aStep, b: b[first] ?? 0, bStep });
    first += count;
  }
  return runs;
}

/** The matrix of an operand that each product takes. */
function matricesOf(batchShape: Shape, operand: Shape): readonly number[] {
  let matrices: readonly number[] = [0];
  for (const [axis, extent] of batchShape.entries()) {
    const own = operand[axis + operand.length - batchShape.length] ?? 1;
    matrices = matrices.flatMap((outer) => Array.from({ length: extent }, (_, i) => outer * own + (own > 1 ? i : 0)));
  }
  return matrices;
}
