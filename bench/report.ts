import type { Ceiling } from "./ceiling.js";
import { formatNumber, formatRate, formatShare } from "./format.js";
import { isPeerRight, type RowResult } from "./measure.js";
import type { Platform } from "./platform.js";
import { LITTLE_SHARE } from "./reasons.js";
import { geometricMeans, isMeasured, ratioOf, shareOfCeiling } from "./summary.js";

/** The ceiling that shares refer to. */
export function ceilingLine({ flopsPerSecond, bytesPerSecond }: Ceiling): string {
  return `ceiling: ${formatNumber(flopsPerSecond / 1e9)} GFLOP/s of multiply-adds in registers, ${formatNumber(bytesPerSecond / 1e9)} GB/s copied in storage`;
}

/** One row as a line, for output that is not a terminal. */
export function rowLine(result: RowResult, ceiling: Ceiling, peer: string | undefined): string {
  const { row, work, library } = result;
  const ratio = ratioOf(result);
  return [
    row.name.padEnd(32),
    `${formatNumber(library.counted).padStart(6)} ms`,
    formatRate(work, library.counted).padStart(13),
    `${formatShare(shareOfCeiling(result, ceiling))} of the ceiling`,
    ...(ratio === undefined ? [] : [`${peer} / ours ${formatNumber(ratio)}`]),
  ].join("  ");
}

/** The text below the table: the meaning of the columns, the means, and faults of the peer's rows. */
export function notes(results: readonly RowResult[], ceiling: Ceiling, platform: Platform): string[] {
  const { peer: name } = platform;
  const lines = [...platform.legend, ...reasons(results, ceiling, platform)];
  const means = geometricMeans(results);
  if (means.length > 0) {
    const each = means.map(({ kind, ratio, rows }) => `${kind} ${formatNumber(ratio)} (${rows} rows)`);
    lines.push(`${name} / ours, geometric means of the milliseconds: ${each.join(", ")}`);
  }
  const slower = results.filter((result) => (ratioOf(result) ?? 1) < 1);
  if (slower.length > 0) {
    const each = slower.map((result) => `${result.row.name} (${formatNumber(ratioOf(result) ?? Number.NaN)})`);
    lines.push(`slower than ${name}, by the same ratio: ${each.join(", ")}`);
  }
  for (const { row, peer } of results) {
    if (typeof peer === "string") lines.push(`– ${row.name}: ${name}: ${peer}`);
    if (isMeasured(peer) && !isPeerRight(peer.comparison)) {
      lines.push(
        `* ${row.name}: ${name}'s values are off by ${formatShare(peer.comparison.ofLargestValue)} of the largest; the row counts in no mean`,
      );
    }
  }
  return lines;
}

/** The reasons why rows stay below a third of the ceiling, with the rows of each reason. */
function reasons(results: readonly RowResult[], ceiling: Ceiling, platform: Platform): string[] {
  const rows = new Map<string, string[]>();
  for (const result of results) {
    if (shareOfCeiling(result, ceiling) >= LITTLE_SHARE) continue;
    const reason = platform.reasonFor(result);
    if (reason !== undefined) rows.set(reason, [...(rows.get(reason) ?? []), result.row.name]);
  }
  return Array.from(rows, ([reason, names]) => `under a third of the ceiling, since ${reason}: ${names.join(", ")}`);
}
