import type { RowResult } from "./measure.js";

/** A share of the ceiling. For rows below it, the bench says why. */
export const LITTLE_SHARE = 1 / 3;

/** The cost of an empty dispatch: on a software adapter with its submission and wait, on a GPU by the device's clock. */
const SMALL_MILLISECONDS = { software: 0.5, hardware: 0.02 };

/** The reason why a row stays below a GPU's ceiling. docs/internals/tuning-notes.md derives it. */
export function reasonOnGpu({ library }: RowResult): string {
  return library.counted < SMALL_MILLISECONDS.hardware
    ? SMALL
    : "see the limits of each family in docs/internals/tuning-notes.md";
}

/** The same for a software adapter. */
export function reasonOnSoftwareAdapter({ library, work }: RowResult): string {
  if (library.counted < SMALL_MILLISECONDS.software) return SMALL;
  if (work.flops !== undefined) {
    return "this adapter loads value by value, and one value costs as much as a dozen multiply-adds in registers; larger tiles share more loads, but run slower";
  }
  return "this adapter loads value by value, and an iteration of a loop costs as much as a load: instructions are the limit, not bytes";
}

const SMALL = "the work is small: most of the time is the cost of a dispatch";
