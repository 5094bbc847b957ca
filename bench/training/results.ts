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

/** The largest difference between losses of the same step; NaN if a loss is NaN. */
export function largestDifference(results: readonly Result[]): number {
  const steps = results[0]?.losses.length ?? 0;
  const spreads = Array.from({ length: steps }, (_, step) => {
    const losses = results.map(({ losses: all }) => all[step] ?? Number.NaN);
    return Math.max(...losses) - Math.min(...losses);
  });
  return Math.max(...spreads);
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
