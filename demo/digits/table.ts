import type { CheckedStep } from "./checking.js";

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

const COLUMNS: readonly Column[] = [
  { title: "operator", align: "left" },
  { title: "setting", align: "left" },
  { title: "output", align: "left" },
  { title: "ms", align: "right" },
  { title: "GFLOP/s", align: "right" },
  { title: "error", align: "right" },
  { title: "of bound", align: "right" },
  { title: "", align: "left" },
];

const GAP = "  ";

/**
 * The results as text, one line for each output, without a newline at the end.
 *
 * @param times milliseconds of each step
 */
export function resultTable(steps: readonly CheckedStep[], times: readonly number[]): string {
  const titles = COLUMNS.map(({ title }) => title);
  const rows = steps.map((step, i) => ({ pass: step.step.pass, lines: linesOf(step, times[i]) }));
  const cells = [titles, ...rows.flatMap(({ lines }) => lines)];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length)));
  const format = (line: readonly string[]) =>
    COLUMNS.map(({ align }, i) => pad(line[i] ?? "", widths[i] ?? 0, align))
      .join(GAP)
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  const output = [format(titles)];
  let pass = "";
  for (const row of rows) {
    if (row.pass !== pass) output.push(rule);
    pass = row.pass;
    output.push(...row.lines.map(format));
  }
  return [...output, rule].join("\n");
}

function linesOf({ step, outputs }: CheckedStep, milliseconds: number | undefined): string[][] {
  return outputs.map(({ tensor, shape, report }, i) => {
    // The outputs of one step are timed together.
    const timed = i === 0 && milliseconds !== undefined;
    return [
      i === 0 ? step.operator : "",
      i === 0 ? step.setting : "",
      `${tensor.padEnd(2)} [${shape.join(", ")}]`,
      timed ? formatMilliseconds(milliseconds) : "",
      timed && step.multiplyAdds !== undefined ? formatNumber((2 * step.multiplyAdds) / milliseconds / 1e6) : "",
      report ? formatError(report.largestError) : "–",
      report ? formatShare(report.largestShare) : "reference",
      report ? (report.largestShare <= 1 ? "✓" : "✗") : "–",
    ];
  });
}

/** A difference of two tensors' elements. */
function formatError(error: number): string {
  return error === 0 ? "0" : error.toExponential(1);
}

/** A share of 1 as a percentage. */
export function formatShare(share: number): string {
  if (share === 0) return "0 %";
  return share < 0.001 ? "< 0.1 %" : `${formatNumber(100 * share)} %`;
}

function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(2) : milliseconds.toFixed(1);
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : String(value);
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function pad(text: string, width: number, align: Column["align"]): string {
  return align === "left" ? text.padEnd(width) : text.padStart(width);
}
