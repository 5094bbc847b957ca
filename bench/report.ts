import type { Ceiling } from "./ceiling.js";
import { formatNumber, formatRate, formatShare } from "./format.js";
import { isPeerRight, type RowResult } from "./measure.js";
import { LITTLE_SHARE, reasonFor } from "./reasons.js";
import { geometricMeans, isMeasured, ratioOf, shareOfCeiling } from "./summary.js";

/** The ceiling that shares refer to. */
export function ceilingLine({ flopsPerSecond, bytesPerSecond }: Ceiling): string {
  return `ceiling: ${formatNumber(flopsPerSecond / 1e9)} GFLOP/s of multiply-adds in registers, ${formatNumber(bytesPerSecond / 1e9)} GB/s copied in storage`;
}

/** One row as a line, for output that is not a terminal. */
export function rowLine(result: RowResult, ceiling: Ceiling): string {
  const { row, work, library } = result;
  const ratio = ratioOf(result);
  return [
    row.name.padEnd(32),
    `${formatNumber(library.counted).padStart(6)} ms`,
    formatRate(work, library.counted).padStart(13),
    `${formatShare(shareOfCeiling(result, ceiling))} of the ceiling`,
    ...(ratio === undefined ? [] : [`tfjs / ours ${formatNumber(ratio)}`]),
  ].join("  ");
}

/** The text below the table: the meaning of the columns, the means, and faults of the peer's rows. */
export function notes(results: readonly RowResult[], ceiling: Ceiling, software: boolean): string[] {
  const lines = [
    "ms: median from the call until the device is done, over samples of one run or more; of ceiling: the least time that these multiply-adds or these bytes",
    "can take, by the time taken; of bound: the largest error by what the numerical promise allows; first ms: the first call on a fresh device, compiling.",
    `kernels ms: by the device's own clock${software ? "" : "; rates and shares of the ceiling go by it, or by ms where that is less"}.`,
    ...reasons(results, ceiling, software),
  ];
  const means = geometricMeans(results);
  if (means.length > 0) {
    const each = means.map(({ kind, ratio, rows }) => `${kind} ${formatNumber(ratio)} (${rows} rows)`);
    lines.push(`tfjs / ours, geometric means of the milliseconds: ${each.join(", ")}`);
  }
  for (const { row, peer } of results) {
    if (typeof peer === "string") lines.push(`– ${row.name}: tfjs: ${peer}`);
    if (isMeasured(peer) && !isPeerRight(peer.comparison)) {
      lines.push(
        `* ${row.name}: tfjs's values are off by ${formatShare(peer.comparison.ofLargestValue)} of the largest; the row counts in no mean`,
      );
    }
  }
  return lines;
}

/** The reasons why rows stay below a third of the ceiling, with the rows of each reason. */
function reasons(results: readonly RowResult[], ceiling: Ceiling, software: boolean): string[] {
  const rows = new Map<string, string[]>();
  for (const result of results) {
    if (shareOfCeiling(result, ceiling) >= LITTLE_SHARE) continue;
    const reason = reasonFor(result, software);
    rows.set(reason, [...(rows.get(reason) ?? []), result.row.name]);
  }
  return Array.from(rows, ([reason, names]) => `under a third of the ceiling, since ${reason}: ${names.join(", ")}`);
}
