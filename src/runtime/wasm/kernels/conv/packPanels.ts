import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { evenly, type Job } from "../../commands/work.js";

/** The columns of a panel: two vectors. */
export const PANEL_COLUMNS = 8;
const VECTOR_BYTES = 16;
export const PANEL_ROW_BYTES = 2 * VECTOR_BYTES;

/**
 * A matrix of `rows` × `columns` is packed into panels of eight columns, one after the other. The rows of a panel follow
 * each other, so a kernel reads straight through it. The last panel has the columns that are left: one vector in each row
 * if these are at most four, else two. Lanes beyond the last column hold anything.
 */
export interface Panels {
  readonly rows: number;
  readonly columns: number;
}

/** The panels with eight columns, and the columns of the last panel if it has fewer. */
export function cutIntoPanels(columns: number): { readonly full: number; readonly rest: number } {
  return { full: Math.floor(columns / PANEL_COLUMNS), rest: columns % PANEL_COLUMNS };
}

/** The elements of all panels. */
export function panelElements({ rows, columns }: Panels): number {
  return rows * 4 * Math.ceil(columns / 4);
}

const ROWS_AT_ONCE = 8;
const ELEMENTS_OF_JOB = 2 ** 18;

/**
 * A function (w, out, row, end) that packs the rows from `row` up to `end` of a matrix into panels.
 *
 * @param rowStride the elements from one row of the matrix to the next
 */
export function writePackRows(module: ModuleBuilder, name: string, panels: Panels, rowStride: number): void {
  const { full, rest } = cutIntoPanels(panels.columns);
  const panelBytes = panels.rows * PANEL_ROW_BYTES;
  module.function(name, ["w", "out", "row", "end"], (f, { w, out, row, end }) => {
    const [from, to, last, whole] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const pack = (rows: number, vectors: number) => {
      for (let i = 0; i < rows; i++) {
        for (let v = 0; v < vectors; v++) {
          f.store(to, F32x4.load(from, i * rowStride * 4 + v * VECTOR_BYTES), (i * vectors + v) * VECTOR_BYTES);
        }
      }
    };
    const allPanels = (rows: number) => {
      from.set(w.add(row.mul(rowStride * 4)));
      if (full > 0) {
        to.set(out.add(row.mul(PANEL_ROW_BYTES)));
        last.set(from.add(full * PANEL_ROW_BYTES));
        f.until(from, last, PANEL_ROW_BYTES, () => {
          pack(rows, 2);
          to.advance(panelBytes);
        });
      }
      if (rest > 0) {
        const vectors = Math.ceil(rest / 4);
        to.set(out.add(full * panelBytes).add(row.mul(vectors * VECTOR_BYTES)));
        pack(rows, vectors);
      }
    };
    whole.set(row.add(end.sub(row).div(ROWS_AT_ONCE).mul(ROWS_AT_ONCE)));
    f.for(row, undefined, whole, ROWS_AT_ONCE, () => allPanels(ROWS_AT_ONCE));
    f.for(row, undefined, end, 1, () => allPanels(1));
  });
}

/** Jobs of that function. */
export function packJobs({ rows, columns }: Panels, w: number, out: number): readonly Job[] {
  const blocks = Math.ceil(rows / ROWS_AT_ONCE);
  return evenly(blocks, (rows * columns) / ELEMENTS_OF_JOB).map(({ first, end }) => [
    ...[w, out],
    ...[first * ROWS_AT_ONCE, Math.min(rows, end * ROWS_AT_ONCE)],
  ]);
}
