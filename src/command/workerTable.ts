import type { WorkerReport } from "../distributed/reports.js";
import { count, cut, plainText, several } from "./formats.js";

type State = "working" | "waiting" | "gone" | "unknown";

/** Colours a text, or gives it as it is. */
export type Paint = (colour: "green" | "yellow" | "red" | "dim" | "bold", text: string) => string;

/** A worker, and what is known of it now. */
interface Row {
  readonly worker: WorkerReport;
  readonly state: State;
}

interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  /** The columns that it needs at least. It is cut to them if there is no space for more. */
  readonly least: number;
  cell(row: Row): string;
}

const NAME: Column = { title: "worker", isNumber: false, least: 8, cell: ({ worker }) => plainText(worker.worker) };
const CLASS: Column = {
  ...{ title: "class", isNumber: false, least: 6 },
  cell: ({ worker }) => plainText(worker.workerClass),
};
const REPLICAS: Column = { title: "replicas", isNumber: true, least: 8, cell: ({ worker }) => count(worker.replicas) };
const SPEED: Column = {
  ...{ title: "images/s", isNumber: true, least: 8 },
  cell: ({ worker }) => (worker.imagesPerSecond > 0 ? count(worker.imagesPerSecond) : "–"),
};
const STATE: Column = { title: "state", isNumber: false, least: 7, cell: ({ state }) => state };

/** From the widest table to the narrowest. */
const CHOICES: readonly (readonly Column[])[] = [
  [NAME, CLASS, REPLICAS, SPEED, STATE],
  [NAME, REPLICAS, SPEED, STATE],
  [NAME, SPEED, STATE],
  [NAME, STATE],
  [NAME],
];
const GAP = "  ";
const COLOURS = { working: "green", waiting: "yellow", gone: "red", unknown: "dim" } as const;

/**
 * A table of the workers. Those that are gone come last, and what has no space is counted in the last line.
 *
 * @param columns of the terminal. No line is longer
 * @param rows of the table, its title included
 * @param isKnown whether the last sign of life of a worker says how it is now. Of all of them, if left out
 */
export function workerTable(
  workers: readonly WorkerReport[],
  {
    columns,
    rows,
    paint,
    isKnown = () => true,
  }: {
    readonly columns: number;
    readonly rows: number;
    readonly paint: Paint;
    readonly isKnown?: (worker: WorkerReport) => boolean;
  },
): readonly string[] {
  const sorted = [...workers]
    .sort((a, b) => Number(b.isAlive) - Number(a.isAlive))
    .map((worker) => ({ worker, state: isKnown(worker) ? stateOf(worker) : "unknown" }) as const);
  const fits = sorted.length + 1 <= rows;
  const shown = sorted.slice(0, fits ? sorted.length : Math.max(0, rows - 2));
  const table = layOut(shown, columns);
  const lines = [
    paint("bold", table.titles),
    ...shown.map(({ state }, i) => paint(COLOURS[state], table.lines[i] ?? "")),
  ];
  if (!fits) lines.push(cut(`… and ${several(sorted.length - shown.length, "other")}`, columns));
  return lines.slice(0, Math.max(0, rows));
}

function layOut(shown: readonly Row[], columns: number) {
  const chosen = CHOICES.find((choice) => leastWidth(choice) <= columns) ?? [NAME];
  const cells = shown.map((row) => chosen.map((column) => column.cell(row)));
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

function stateOf({ isAlive, isBusy }: WorkerReport): State {
  if (!isAlive) return "gone";
  return isBusy ? "working" : "waiting";
}
