import { type Ceiling, leastMilliseconds } from "./ceiling.js";
import { isPeerRight, isRight, type Measured, type RowResult } from "./measure.js";
import type { Kind } from "./rows.js";

/** How much of the adapter's ceiling the library reached in this row, as a share of 1. */
export function shareOfCeiling({ work, library }: RowResult, ceiling: Ceiling): number {
  return leastMilliseconds(work, ceiling) / library.counted;
}

/** The peer's milliseconds by the library's: above 1 the library is faster. Undefined where the peer was not measured. */
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

/** The ratios' geometric means by kind of row; a row with wrong values on either side counts in none. */
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
