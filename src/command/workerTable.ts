import type { WorkerReport } from "../distributed/reports.js";
import { count, cut, plainText, several } from "./formats.js";

/** Colours a text, or gives it as it is. */
export type Paint = (colour: "green" | "yellow" | "red" | "dim" | "bold", text: string) => string;

interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  /** The columns that it needs at least. It is cut to them if there is no space for more. */
  readonly least: number;
  cell(worker: WorkerReport): string;
}

const NAME: Column = { title: "worker", isNumber: false, least: 8, cell: ({ worker }) => plainText(worker) };
const CLASS: Column = {
  ...{ title: "class", isNumber: false, least: 6 },
  cell: ({ workerClass }) => plainText(workerClass),
};
const REPLICAS: Column = { title: "replicas", isNumber: true, least: 8, cell: ({ replicas }) => count(replicas) };
const SPEED: Column = {
  ...{ title: "images/s", isNumber: true, least: 8 },
  cell: ({ imagesPerSecond }) => (imagesPerSecond > 0 ? count(imagesPerSecond) : "–"),
};
const STATE: Column = { title: "state", isNumber: false, least: 7, cell: stateOf };

/** From the widest table to the narrowest. */
const CHOICES: readonly (readonly Column[])[] = [
  [NAME, CLASS, REPLICAS, SPEED, STATE],
  [NAME, REPLICAS, SPEED, STATE],
  [NAME, SPEED, STATE],
  [NAME, STATE],
  [NAME],
];
const GAP = "  ";

/**
 * A table of the workers. Those that are gone come last, and what has no space is counted in the last line.
 *
 * @param columns of the terminal. No line is longer
 * @param rows of the table, its title included
 */
export function workerTable(
  workers: readonly WorkerReport[],
  { columns, rows, paint }: { readonly columns: number; readonly rows: number; readonly paint: Paint },
): readonly string[] {
  const sorted = [...workers].sort((a, b) => Number(b.isAlive) - Number(a.isAlive));
  const fits = sorted.length + 1 <= rows;
  const shown = sorted.slice(0, fits ? sorted.length : Math.max(0, rows - 2));
  const table = layOut(shown, columns);
  const lines = [
    paint("bold", table.titles),
    ...shown.map((worker, i) => paint(colourOf(worker), table.lines[i] ?? "")),
  ];
  if (!fits) lines.push(cut(`… and ${several(sorted.length - shown.length, "other")}`, columns));
  return lines.slice(0, Math.max(0, rows));
}

function layOut(workers: readonly WorkerReport[], columns: number) {
  const chosen = CHOICES.find((choice) => leastWidth(choice) <= columns) ?? [NAME];
  const cells = workers.map((worker) => chosen.map((column) => column.cell(worker)));
  const widths = chosen.map((column, i) => Math.max(column.title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  let over = widths.reduce((sum, width) => sum + width, GAP.length * (chosen.length - 1)) - columns;
  // Classes are cut first, because they are long and often all the same.
  for (const column of [CLASS, NAME, STATE, REPLICAS, SPEED]) {
    const i = chosen.indexOf(column);
    const width = widths[i];
    if (over <= 0 || width === undefined) continue;
    const narrower = Math.max(column.least, width - over);
    over -= Math.max(0, width - narrower);
    widths[i] = Math.min(width, narrower);
  }
  const line = (row: readonly string[]) =>
    chosen
      .map((column, i) => {
        const [cell, width] = [row[i] ?? "", widths[i] ?? 0];
        return column.isNumber ? cut(cell, width).padStart(width) : cut(cell, width).padEnd(width);
      })
      .join(GAP)
      .trimEnd()
      .slice(0, columns);
  return { titles: line(chosen.map(({ title }) => title)), lines: cells.map(line) };
}

function leastWidth(choice: readonly Column[]): number {
  return choice.reduce((sum, { least }) => sum + least, GAP.length * (choice.length - 1));
}

function stateOf({ isAlive, isBusy }: WorkerReport): string {
  if (!isAlive) return "gone";
  return isBusy ? "working" : "waiting";
}

function colourOf({ isAlive, isBusy }: WorkerReport): "green" | "yellow" | "red" {
  if (!isAlive) return "red";
  return isBusy ? "green" : "yellow";
}
