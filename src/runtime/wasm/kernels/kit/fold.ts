import { F64 } from "../../assembler/doubles.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/values.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import type { MiddleAxis } from "./axes.js";

// Reductions of one axis, such as sums and maxima. A long axis is cut into slices, and the next call folds their results.

/** What is kept of four columns while rows pass by: four sums, for example. */
export interface Fold<Self> {
  start(): void;
  /** Takes the four values at `address + offset`. */
  take(address: I32, offset: number): void;
  /** Takes one value. Only `total` is right afterwards. */
  takeOne(address: I32): void;
  /** Takes what the other has. */
  join(other: Self): void;
  /** Stores the results of the first columns. */
  store(address: I32, offset: number, columns: number): void;
  /** Stores the result of all columns together. */
  storeTotal(address: I32): void;
}

/** A way of folding. A stage may read results of an earlier stage, and write results for a later one. */
export interface FoldKind<F extends Fold<F>> {
  readonly name: string;
  /** The float32 that one result of a slice takes. */
  readonly partialSize: 1 | 2;
  /** @param divisor what the last stage divides by */
  create(f: FunctionBuilder, stage: StageForm, divisor: F64): F;
}

export interface StageForm {
  /** Whether it reads results of an earlier stage. */
  readonly isNext: boolean;
  /** Whether it writes the results. If not, a later stage reads what it writes. */
  readonly isLast: boolean;
}

/** The elements that a slice has at least. They fit the first cache. */
const ELEMENTS_OF_SLICE = 8192;
const FEWEST_ROWS = 32;
/** The columns that one unit of work has at most. */
const COLUMNS_OF_UNIT = 1024;
/** The columns whose results are in registers. */
const COLUMNS_OF_TILE = 16;
/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 3;

/** Folds the axes of the stages, one after another. */
export function foldAxes<F extends Fold<F>>(
  work: Work,
  kind: FoldKind<F>,
  stages: readonly MiddleAxis[],
  x: Span,
  y: Span,
  divisor = 1,
): void {
  const calls = stages.flatMap(slicesOf);
  let from = x;
  for (const [i, call] of calls.entries()) {
    const { outer, length, inner, rows } = call;
    const form = { isNext: i > 0, isLast: i === calls.length - 1 };
    const slices = Math.ceil(length / rows);
    const to = form.isLast ? y : work.workspace(outer * slices * inner * kind.partialSize);
    const program = work.program(`fold ${kind.name} ${form.isNext} ${form.isLast} ${inner}`, (module) =>
      writeFold(module, kind, form, inner),
    );
    const units = outer * slices * blocksOf(inner);
    const jobs = split(
      [from.address, to.address, divisor, length, rows, slices],
      units,
      WORK_OF_ELEMENT * rows * Math.min(inner, COLUMNS_OF_UNIT),
    );
    work.run(program.function("fold"), jobs);
    from = to;
  }
}

/** The calls that fold one axis. Each result of the first is of this many rows; the next ones fold the results. */
function slicesOf(axis: MiddleAxis): readonly (MiddleAxis & { readonly rows: number })[] {
  const { outer, length, inner } = axis;
  const rows = Math.max(FEWEST_ROWS, Math.ceil(ELEMENTS_OF_SLICE / Math.min(inner, COLUMNS_OF_UNIT)));
  if (length <= 2 * rows) return [{ ...axis, rows: length }];
  return [{ ...axis, rows }, ...slicesOf({ outer, length: Math.ceil(length / rows), inner })];
}

function blocksOf(inner: number): number {
  return Math.ceil(inner / COLUMNS_OF_UNIT);
}

/** x [outer, length, inner], y [outer, slices, inner]. A unit is a block of columns of one slice. */
function writeFold<F extends Fold<F>>(module: ModuleBuilder, kind: FoldKind<F>, form: StageForm, inner: number): void {
  const inBytes = 4 * (form.isNext ? kind.partialSize : 1);
  const outBytes = 4 * (form.isLast ? 1 : kind.partialSize);
  const blocks = blocksOf(inner);
  module.function(
    "fold",
    ["x", "y", "divisor", "length", "rows", "slices", "unit", "end"],
    (f, { x, y, divisor, length, rows, slices, unit, end }) => {
      const [slice, firstRow, present] = [f.i32(), f.i32(), f.i32()];
      const [from, to, at, last] = [f.i32(), f.i32(), f.i32(), f.i32()];
      const folds = Array.from({ length: inner === 1 ? 4 : COLUMNS_OF_TILE / 4 }, () =>
        kind.create(f, form, F64.fromInteger(divisor)),
      );
      const where: Place<F> = { from, to, at, last, present, inBytes, outBytes, folds };
      f.for(unit, undefined, end, 1, () => {
        slice.set(unit.div(blocks));
        firstRow.set(slice.rem(slices).mul(rows));
        present.set(rows.min(length.sub(firstRow)));
        from.set(
          x.add(
            slice
              .div(slices)
              .mul(length)
              .add(firstRow)
              .mul(inner * inBytes),
          ),
        );
        to.set(y.add(slice.mul(inner * outBytes)));
        if (inner === 1) writeRow(f, where);
        else writeColumns(f, where, inner, unit);
      });
    },
  );
}

interface Place<F> {
  readonly from: I32Variable;
  readonly to: I32Variable;
  readonly at: I32Variable;
  readonly last: I32Variable;
  /** The rows of this slice. */
  readonly present: I32;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly folds: readonly F[];
}

/** Folds a run of neighbouring values: sixteen at a time, then four, then one. */
function writeRow<F extends Fold<F>>(f: FunctionBuilder, place: Place<F>): void {
  const { from, to, at, last, present, inBytes, folds } = place;
  const [first, ...others] = folds;
  if (!first) throw new Error("a row needs a fold");
  const upTo = (multiple: number) => last.set(from.add(present.and(-multiple).mul(inBytes)));
  at.set(from);
  first.start();
  f.if(present.atLeast(16), () => {
    for (const fold of others) fold.start();
    upTo(16);
    f.until(at, last, 16 * inBytes, () => {
      for (const [i, fold] of folds.entries()) fold.take(at, i * 4 * inBytes);
    });
    for (const fold of others) first.join(fold);
  });
  upTo(4);
  f.for(at, undefined, last, 4 * inBytes, () => first.take(at, 0));
  upTo(1);
  f.for(at, undefined, last, inBytes, () => first.takeOne(at));
  first.storeTotal(to);
}

/** Folds the columns of a block, a few at a time. */
function writeColumns<F extends Fold<F>>(f: FunctionBuilder, place: Place<F>, inner: number, unit: I32): void {
  const { from, to, at, last, present, inBytes, outBytes, folds } = place;
  const blocks = blocksOf(inner);
  const [column, endOfBlock, endOfTiles] = [f.i32(), f.i32(), f.i32()];
  const left = inner % COLUMNS_OF_TILE;
  const tile = (columns: number) => {
    const used = folds.slice(0, Math.ceil(columns / 4));
    const lanes = (i: number) => Math.min(4, columns - 4 * i);
    for (const fold of used) fold.start();
    at.set(from);
    last.set(from.add(present.mul(inner * inBytes)));
    f.until(at, last, inner * inBytes, () => {
      for (const [i, fold] of used.entries()) fold.take(at, i * 4 * inBytes);
    });
    for (const [i, fold] of used.entries()) fold.store(to, i * 4 * outBytes, lanes(i));
  };
  if (blocks > 1) {
    column.set(unit.rem(blocks).mul(COLUMNS_OF_UNIT));
    from.advance(column.mul(inBytes));
    to.advance(column.mul(outBytes));
    endOfBlock.set(column.add(COLUMNS_OF_UNIT).min(inner));
  } else {
    column.set(0);
    endOfBlock.set(inner);
  }
  endOfTiles.set(endOfBlock.min(inner - left));
  f.for(column, undefined, endOfTiles, COLUMNS_OF_TILE, () => {
    tile(COLUMNS_OF_TILE);
    from.advance(COLUMNS_OF_TILE * inBytes);
    to.advance(COLUMNS_OF_TILE * outBytes);
  });
  if (left > 0) f.if(endOfBlock.equals(inner), () => tile(left));
}
