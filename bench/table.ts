import type { Ceiling } from "./ceiling.js";
import { formatNumber, formatRate, formatShare } from "./format.js";
import { isPeerRight, isRight, type RowResult } from "./measure.js";
import { isMeasured, ratioOf, shareOfCeiling } from "./summary.js";

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  cell(result: RowResult): string;
}

const GAP = "  ";
const NOTHING = "–";

/**
 * The results as text, in groups, without a newline at the end. Empty columns are left out.
 *
 * @param peer its name, for the headings of its columns. Undefined without one
 */
export function resultTable(results: readonly RowResult[], ceiling: Ceiling, peer: string | undefined): string {
  const columns = allColumns(ceiling, peer).filter(({ cell }) => results.some((result) => cell(result) !== ""));
  const lines = results.map((result) => columns.map(({ cell }) => cell(result)));
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) => Math.max(...[titles, ...lines].map((line) => line[i]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    columns
      .map(({ align }, i) => {
        const [text, width] = [line[i] ?? "", widths[i] ?? 0];
        return align === "left" ? text.padEnd(width) : text.padStart(width);
      })
      .join(GAP)
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  const output = [format(titles)];
  let group: string | undefined;
  for (const [i, { row }] of results.entries()) {
    if (row.group !== group) output.push(rule);
    group = row.group;
    output.push(format(lines[i] ?? []));
  }
  return [...output, rule].join("\n");
}

function allColumns(ceiling: Ceiling, peer: string | undefined): Column[] {
  const left = (title: string, cell: Column["cell"]): Column => ({ title, align: "left", cell });
  const right = (title: string, cell: Column["cell"]): Column => ({ title, align: "right", cell });
  /** Empty without a peer; a dash if it was not measured. */
  const ofPeer = (text: (peer: Exclude<RowResult["peer"], string | undefined>, result: RowResult) => string) => {
    return (result: RowResult) =>
      isMeasured(result.peer) ? text(result.peer, result) : result.peer === undefined ? "" : NOTHING;
  };
  return [
    left("row", ({ row }) => row.name),
    left("setting", ({ row }) => row.setting),
    right("ms", ({ library }) => formatNumber(library.timing.median)),
    right("kernels ms", ({ library: { kernels } }) => (kernels === undefined ? "" : formatNumber(kernels))),
    right("rate", ({ work, library }) => formatRate(work, library.counted)),
    right("of ceiling", (result) => formatShare(shareOfCeiling(result, ceiling))),
    right(
      "of bound",
      ({ library }) => `${formatShare(library.comparison.ofBound)}${isRight(library.comparison) ? "" : " ✗"}`,
    ),
    right("first ms", ({ library }) => formatNumber(library.firstCall)),
    left("plan", ({ library }) => library.explanation?.plan ?? ""),
    right("workspace", ({ library: { explanation } }) =>
      explanation ? `${formatNumber(explanation.workspaceBytes / 2 ** 20)} MiB` : "",
    ),
    right(
      `${peer} ms`,
      ofPeer(({ timing }) => formatNumber(timing.median)),
    ),
    right(
      `${peer} first`,
      ofPeer(({ firstCall }) => formatNumber(firstCall)),
    ),
    right(
      `${peer} / ours`,
      ofPeer(
        ({ comparison }, result) =>
          `${formatNumber(ratioOf(result) ?? Number.NaN)}${isPeerRight(comparison) ? " " : "*"}`,
      ),
    ),
  ];
}
