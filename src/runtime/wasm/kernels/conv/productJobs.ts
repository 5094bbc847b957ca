import { evenly, type Job } from "../../commands/work.js";
import { PANEL_COLUMNS } from "./packPanels.js";
import { type RowProducts, termsOf } from "./rowProducts.js";

/** The multiply-adds of one job: some 0.4 ms. */
const WORK_OF_JOB = 2 ** 22;

/**
 * Jobs of a function that `writeRowProducts` wrote. A job computes some panels of some rows, so few bytes of x and w
 * serve many products.
 *
 * @param args x, panels, y, bias
 * @param rows the rows of all images
 */
export function productJobs(products: RowProducts, args: Job, rows: number): readonly Job[] {
  const panels = Math.ceil(products.channels / PANEL_COLUMNS);
  const terms = termsOf(products.runs);
  const rowBytes = products.x.row;
  const panelBytes = terms * PANEL_COLUMNS * 4;
  const units = Math.max(1, WORK_OF_JOB / (products.pixels * PANEL_COLUMNS * terms));
  // r rows and p panels of a job have r · p = units. They take the fewest bytes if r · rowBytes = p · panelBytes.
  const panelsOfJob = Math.min(panels, Math.max(1, Math.sqrt((units * rowBytes) / panelBytes), units / rows));
  const panelRanges = evenly(panels, panels / panelsOfJob);
  const rowsOfJob = units / Math.ceil(panels / panelRanges.length);
  return panelRanges.flatMap((range) =>
    evenly(rows, rows / rowsOfJob).map(({ first, end }) => [...args, first, end, range.first, range.end]),
  );
}
