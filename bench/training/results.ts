import { formatNumber } from "../format.js";
import type { Timing } from "../timing.js";

/** The result of one trainee. Times are in milliseconds. */
export interface Result {
  readonly name: string;
  /** From the call until its loss is on the host. Compiling and recording are included. */
  readonly firstStep: number;
  readonly timing: Timing;
  readonly imagesPerSecond: number;
  /** The losses of the first steps. */
  readonly losses: readonly number[];
}

/** Sums in another order are rounded differently, and the differences grow from step to step. */
const LOSS_TOLERANCE = 1e-3;

/** The largest difference between losses of the same step; NaN if a loss is NaN. */
export function largestDifference(all: readonly (readonly number[])[]): number {
  const spreads = (all[0] ?? []).map((_, step) => {
    const losses = all.map((each) => each[step] ?? Number.NaN);
    return Math.max(...losses) - Math.min(...losses);
  });
  return Math.max(...spreads);
}

/** What is wrong with losses that differ so much; undefined if nothing is. */
export function lossProblem(network: string, difference: number): string | undefined {
  // Written this way, NaN is not agreement.
  return difference <= LOSS_TOLERANCE
    ? undefined
    : `${network}: the losses differ by ${difference}, expected at most ${LOSS_TOLERANCE}`;
}

/** The results as lines. */
export function resultLines(results: readonly Result[]): string[] {
  const first = results[0]?.imagesPerSecond ?? Number.NaN;
  const isComparison = results.length > 1;
  const lines = [
    ["", "images/s", "ms a step", "first step ms", ...(isComparison ? ["recorded / this"] : [])],
    ...results.map(({ name, imagesPerSecond, timing, firstStep }) => [
      name,
      formatNumber(imagesPerSecond),
      formatNumber(timing.median),
      formatNumber(firstStep),
      ...(isComparison ? [formatNumber(first / imagesPerSecond)] : []),
    ]),
  ];
  return lines.map(([name = "", ...cells]) => name.padEnd(12) + cells.map((cell) => cell.padStart(17)).join(""));
}
