import type { RowResult } from "./measure.js";

/** Of the ceiling: below it, the bench says why. */
export const LITTLE_SHARE = 1 / 3;

/** A dispatch, its submit and the wait for it cost this much by themselves. */
const SMALL_MILLISECONDS = 0.5;

/** What keeps a row from the ceiling, as docs/performance.md derives it. */
export function reasonFor({ library, work }: RowResult, software: boolean): string {
  if (library.timing.median < SMALL_MILLISECONDS) return "so small a run is mostly the cost of a dispatch";
  if (!software) return "see the limits of each family in docs/performance.md";
  if (work.flops !== undefined) {
    return "this adapter gathers each load value by value, for as long as a dozen multiply-adds in registers a value; larger tiles share more loads, and run slower";
  }
  return "this adapter gathers each load value by value, and pays for turns of loops as for loads: instructions are the limit, not bytes";
}
