import type { MatmulAttributes } from "../../../../core/attributes.js";
import type { Span } from "../../memory/linearMemory.js";
import { type ProductRun, productRuns } from "./productRuns.js";

/** The factors of y = A·B, as they lie in memory. */
export interface Factors {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Span;
  readonly b: Span;
  /** Whether a is stored [k, m]. False if that is the same as [m, k]. */
  readonly transposeA: boolean;
  /** Whether b is stored [n, k]. */
  readonly transposeB: boolean;
  readonly bias: Span | undefined;
  readonly runs: readonly ProductRun[];
}

export function readFactors(
  { batchShape, aBatch, bBatch, m, n, k, transposeA, transposeB }: MatmulAttributes,
  { a, b, bias }: { readonly a: Span; readonly b: Span; readonly bias?: Span | undefined },
): Factors {
  const aIsTransposed = transposeA && m > 1 && k > 1;
  // Bᵀ·A: its y has one row, and the same elements.
  if (n === 1 && aIsTransposed && !bias) {
    const runs = productRuns(batchShape, bBatch, aBatch);
    return { m: 1, n: m, k, a: b, b: a, transposeA: false, transposeB: false, bias, runs };
  }
  const runs = productRuns(batchShape, aBatch, bBatch);
  const transposed = { transposeA: aIsTransposed, transposeB: transposeB && n > 1 && k > 1 };
  return { m, n, k, a, b, ...transposed, bias, runs };
}
