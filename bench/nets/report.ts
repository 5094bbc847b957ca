import { formatNumber, formatShare } from "../format.js";
import type { NetResult, NetSide } from "./measure.js";

/** A peer's values may differ so much, as a share of the largest value. */
const TOLERANCE = 1e-4;

/** One net as lines: each side, and the peers that were not measured. */
export function netLines(result: NetResult): string[] {
  const { name, input, flops, sides, missing } = result;
  return [
    `${name}, ${input.join("×")}, ${formatNumber(flops / 1e9)} GFLOP`,
    ...sides.map((side) => {
      const { median, quartiles, samples } = side.timing;
      const range = quartiles.map(formatNumber).join(" to ");
      return `  ${side.name.padEnd(12)} ${formatNumber(median).padStart(6)} ms (half of ${samples} samples: ${range}), first ${formatNumber(side.first)} ms, values within ${side.difference.toExponential(1)}`;
    }),
    ...missing.map((each) => `  – ${each}`),
  ];
}

/** All nets as a table in Markdown. */
export function netTable(results: readonly NetResult[]): string {
  const heading = [
    "net",
    "picture",
    "on",
    "ms",
    "half of the samples",
    "images/s",
    "GFLOP/s",
    "of the ceiling",
    "first ms",
    "this / ours",
  ];
  const lines = results.flatMap((result) => result.sides.map((side) => cells(result, side)));
  return [heading, heading.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function cells({ name, input, flops, flopsPerSecond, sides }: NetResult, side: NetSide): string[] {
  const { median, quartiles } = side.timing;
  const ours = sides[0]?.timing.median ?? Number.NaN;
  const rate = (1000 * flops) / median;
  return [
    name,
    input.slice(1, 3).join("×"),
    side.name,
    formatNumber(median),
    quartiles.map(formatNumber).join(" to "),
    formatNumber(1000 / median),
    formatNumber(rate / 1e9),
    formatShare(rate / flopsPerSecond),
    formatNumber(side.first),
    side === sides[0] ? "" : formatNumber(median / ours),
  ];
}

/** What is wrong with the values of a net. */
export function netProblems({ name, sides }: NetResult): string[] {
  return sides.flatMap(({ name: side, difference }) =>
    // Written this way, NaN is not agreement.
    difference <= TOLERANCE
      ? []
      : [`${name}: ${side}'s values differ by ${difference} of the largest, expected at most ${TOLERANCE}`],
  );
}
