import type { Kind } from "./caseRows.js";
import { type Ceiling, leastMilliseconds } from "./ceiling.js";
import { isPeerRight, isRight, type Measured, type RowResult } from "./measure.js";

/**
 * The share of the ceiling that the library reached in this row.
 *
 * @param ceiling counts for rows without a ceiling of their own
 */
export function shareOfCeiling({ work, library, ceiling: own }: RowResult, ceiling: Ceiling): number {
  return leastMilliseconds(work, own ?? ceiling) / library.counted;
}

/** The peer's time divided by the library's: above 1 the library is faster. Undefined if the peer was not measured. */
export function ratioOf({ library, peer }: RowResult): number | undefined {
  return isMeasured(peer) ? peer.timing.median / library.timing.median : undefined;
}

export function isMeasured(side: Measured | string | undefined): side is Measured {
  return typeof side === "object";
}

export interface Mean {
  readonly kind: Kind;
  readonly rows: number;
  /** Geometric mean of the ratios. */
  readonly ratio: number;
}

/** The geometric means of the ratios, by kind of row. Rows with wrong values are left out. */
export function geometricMeans(results: readonly RowResult[]): Mean[] {
  const logarithms = new Map<Kind, number[]>();
  for (const result of results) {
    const ratio = ratioOf(result);
    if (ratio === undefined || !isMeasured(result.peer)) continue;
    if (!isRight(result.library.comparison) || !isPeerRight(result.peer.comparison)) continue;
    const { kind } = result.row;
    logarithms.set(kind, [...(logarithms.get(kind) ?? []), Math.log(ratio)]);
  }
  return Array.from(logarithms, ([kind, all]) => ({
    kind,
    rows: all.length,
    ratio: Math.exp(all.reduce((sum, logarithm) => sum + logarithm, 0) / all.length),
  }));
}
