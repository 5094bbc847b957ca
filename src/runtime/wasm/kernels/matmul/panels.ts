import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, type I32 } from "../../assembler/scalars.js";
import { F32x4, type Lanes } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { TileRows } from "../kit/tileRows.js";

/** The columns of a panel. */
export const PANEL_COLUMNS = 8;
export const PANEL_ROW_BYTES = 4 * PANEL_COLUMNS;

/** The elements of the panels of one matrix. */
export function panelElements(k: number, n: number): number {
  return Math.ceil(n / PANEL_COLUMNS) * PANEL_COLUMNS * k;
}

/**
 * Copies the matrices of b into panels: each has eight columns, and its rows are neighbours in memory. The columns
 * beyond n hold any values.
 *
 * @param b matrices of k × n, or of n × k if `transposed`
 */
export function packPanels(work: Work, b: Span, k: number, n: number, transposed: boolean): Span {
  const matrices = b.elements / (k * n);
  const elements = panelElements(k, n);
  const packed = work.workspace(matrices * elements);
  const program = work.program(`matmul panels ${transposed}`, (module) =>
    transposed ? writeTransposed(module) : writeCopy(module),
  );
  const panels = elements / (k * PANEL_COLUMNS);
  const jobs = Array.from({ length: matrices }, (_, matrix) =>
    split(
      [b.address + 4 * matrix * k * n, packed.address + 4 * matrix * elements, k, n],
      panels,
      // A copy of a vector takes the time of about four multiply-adds.
      4 * k * PANEL_COLUMNS,
    ),
  );
  work.run(program.function("pack"), jobs.flat());
  return packed;
}

const PARAMETERS = ["b", "packed", "k", "n", "panel", "end"] as const;

/** packed[panel, i, column] = b[i, 8 panel + column]. */
function writeCopy(module: ModuleBuilder): void {
  module.function("pack", PARAMETERS, (f, { b, packed, k, n, panel, end }) => {
    const [from, to, toEnd] = [f.i32(), f.i32(), f.i32()];
    f.for(panel, undefined, end, 1, () => {
      from.set(b.add(panel.mul(PANEL_ROW_BYTES)));
      to.set(packed.add(panel.mul(k).mul(PANEL_ROW_BYTES)));
      toEnd.set(to.add(k.mul(PANEL_ROW_BYTES)));
      f.unrolledUntil(to, toEnd, PANEL_ROW_BYTES, 4, () => {
        f.store(to, F32x4.load(from));
        f.store(to, F32x4.load(from, 16), 16);
        from.advance(n.shiftLeft(2));
      });
    });
  });
}

/** packed[panel, i, column] = b[8 panel + column, i]. */
function writeTransposed(module: ModuleBuilder): void {
  module.function("pack", PARAMETERS, (f, { b, packed, k, n, panel, end }) => {
    const [from, fours, to, toEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const columns = new TileRows(f, PANEL_COLUMNS);
    f.for(panel, undefined, end, 1, () => {
      from.set(b.add(panel.mul(k).mul(PANEL_ROW_BYTES)));
      columns.set(k.shiftLeft(2), n.sub(panel.mul(PANEL_COLUMNS)));
      to.set(packed.add(panel.mul(k).mul(PANEL_ROW_BYTES)));
      toEnd.set(to.add(k.mul(PANEL_ROW_BYTES)));
      fours.set(to.add(k.shiftRight(2).mul(4 * PANEL_ROW_BYTES)));
      f.for(to, undefined, fours, 4 * PANEL_ROW_BYTES, () => {
        for (const first of [0, 4]) transposeFour(f, (i) => columns.of(first + i, from), to, 4 * first);
        from.advance(16);
      });
      f.for(to, undefined, toEnd, PANEL_ROW_BYTES, () => {
        for (let i = 0; i < PANEL_COLUMNS; i++) f.store(to, F32.load(columns.of(i, from)), 4 * i);
        from.advance(4);
      });
    });
  });
}

/** Stores four vectors as the columns of four rows of a panel. */
function transposeFour(f: FunctionBuilder, vector: (i: number) => I32, to: I32Variable, offset: number): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => f.f32x4(F32x4.load(vector(i))));
  if (!(a && b && c && d)) throw new Error("there are four vectors");
  const low: Lanes = [0, 4, 1, 5];
  const high: Lanes = [2, 6, 3, 7];
  const [abLow, abHigh] = [f.f32x4(a.shuffle(b, low)), f.f32x4(a.shuffle(b, high))];
  const [cdLow, cdHigh] = [f.f32x4(c.shuffle(d, low)), f.f32x4(c.shuffle(d, high))];
  f.store(to, abLow.shuffle(cdLow, [0, 1, 4, 5]), offset);
  f.store(to, abLow.shuffle(cdLow, [2, 3, 6, 7]), offset + PANEL_ROW_BYTES);
  f.store(to, abHigh.shuffle(cdHigh, [0, 1, 4, 5]), offset + 2 * PANEL_ROW_BYTES);
  f.store(to, abHigh.shuffle(cdHigh, [2, 3, 6, 7]), offset + 3 * PANEL_ROW_BYTES);
}
