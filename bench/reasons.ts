import type { RowResult } from "./measure.js";

/** Of the ceiling: below it, the bench says why. */
export const LITTLE_SHARE = 1 / 3;

/** What a dispatch costs by itself: on a software adapter with its submit and the wait for it, on a card by the device's clock. */
const SMALL_MILLISECONDS = { software: 0.5, hardware: 0.02 };

/** What keeps a row from the ceiling, as docs/tuning-notes.md derives it. */
export function reasonFor({ library, work }: RowResult, software: boolean): string {
  const small = software ? SMALL_MILLISECONDS.software : SMALL_MILLISECONDS.hardware;
  if (library.counted < small) return "so small a run is mostly the cost of a dispatch";
  if (!software) return "see the limits of each family in docs/tuning-notes.md";
  if (work.flops !== undefined) {
    return "this adapter gathers each load value by value, for as long as a dozen multiply-adds in registers a value; larger tiles share more loads, and run slower";
  }
  return "this adapter gathers each load value by value, and pays for turns of loops as for loads: instructions are the limit, not bytes";
}
