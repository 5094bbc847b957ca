import { evenly, WORK_OF_JOB } from "../../commands/work.js";
import type { ProductRun } from "./productRuns.js";

/** What one job computes: the same part of some products in a row. */
export interface Region {
  readonly run: ProductRun;
  /** The first product, counted from the run's first. */
  readonly product: number;
  readonly products: number;
  readonly row: number;
  readonly rows: number;
  /** In panels, if the columns lie in panels. */
  readonly column: number;
  readonly columns: number;
}

/** The rows of a that a job takes stay in the second-level cache while the columns of b pass. */
const MOST_ROWS = 128;

/**
 * Cuts products into jobs.
 *
 * @param rowsOfTile jobs end at multiples of this, or at the last row
 * @param workPerColumn the multiply-adds of one row and one column, or panel
 */
export function regionsOf(
  runs: readonly ProductRun[],
  {
    rows,
    rowsOfTile,
    columns,
    workPerColumn,
  }: Readonly<Record<"rows" | "rowsOfTile" | "columns" | "workPerColumn", number>>,
): readonly Region[] {
  const workOfProduct = rows * columns * workPerColumn;
  if (workOfProduct < WORK_OF_JOB / 2) {
    return runs.flatMap((run) =>
      evenly(run.count, (run.count * workOfProduct) / WORK_OF_JOB).map(({ first, end }) => {
        return { run, product: first, products: end - first, row: 0, rows, column: 0, columns };
      }),
    );
  }
  const jobs = workOfProduct / WORK_OF_JOB;
  const tiles = Math.ceil(rows / rowsOfTile);
  const rowParts = evenly(tiles, Math.max(rows / MOST_ROWS, jobs / columns));
  const columnParts = evenly(columns, jobs / rowParts.length);
  const parts = rowParts.flatMap((tilesOfPart) =>
    columnParts.map((part) => {
      const row = tilesOfPart.first * rowsOfTile;
      const end = Math.min(rows, tilesOfPart.end * rowsOfTile);
      return { row, rows: end - row, column: part.first, columns: part.end - part.first };
    }),
  );
  return runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, product) =>
      parts.map((part) => ({ run, product, products: 1, ...part })),
    ).flat(),
  );
}
