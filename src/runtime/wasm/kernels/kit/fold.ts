import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import type { MiddleAxis } from "./axes.js";
import { byName } from "./rows.js";

// Reductions of one axis, such as sums and maxima. A long axis is cut into slices, and the next call folds their results.

/** What is kept of four columns while rows pass by: four sums, for example. */
export interface Fold<Self> {
  /**
   * Begins with rows of the first axis' position `outer`, and with the columns from `column` on. Without columns, all four
   * take values of the same column.
   */
  start(outer: I32, column: I32 | undefined): void;
  /** Takes the four values at `address + offset`. */
  take(address: I32, offset: number): void;
  /** Takes one value. Only `total` is right afterwards. */
  takeOne(address: I32): void;
  /** Takes what the other has. */
  join(other: Self): void;
  /**
   * Stores the results of the first columns.
   *
   * @param apart the bytes from one result to the next, if a column has several
   */
  store(address: I32, offset: number, columns: number, apart: number): void;
  /** Stores the result of all columns together. Several results are neighbours. */
  storeTotal(address: I32): void;
}

/** A way of folding. */
export interface FoldKind<F extends Fold<F>> {
  readonly name: string;
  /** The float32 that an input of a first and of a next stage takes. */
  readonly sizes: { readonly first: 1; readonly next: 1 | 2 };
  /** The results of a column. 1 if left out. */
  readonly results?: number;
  /** The columns whose results fit the registers, a multiple of four. */
  readonly columns: number;
  /** The names of further parameters. */
  readonly parameters?: readonly string[];
  /** @param parameter gives "x", "length", "divisor" or a further parameter */
  create(f: FunctionBuilder, form: StageForm & { readonly inner: number }, parameter: (name: string) => I32): F;
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
/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 3;

/** The rows of a slice. All of them if there is little to share. */
export function rowsOfSlice({ length, inner }: MiddleAxis): number {
  const rows = Math.max(FEWEST_ROWS, Math.ceil(ELEMENTS_OF_SLICE / Math.min(inner, COLUMNS_OF_UNIT)));
  return length <= 2 * rows ? length : rows;
}

/** What all stages have in common. */
export interface FoldCall {
  readonly x: Span;
  readonly y: Span;
  /** What the last stage divides by. */
  readonly divisor?: number;
  /** Whether x has results of an earlier stage. */
  readonly isNext?: boolean;
  /** Whether y gets results for a later stage. */
  readonly isPartial?: boolean;
}

/** Folds the axes of the stages, one after another. */
export function foldAxes<F extends Fold<F>>(
  work: Work,
  kind: FoldKind<F>,
  stages: readonly MiddleAxis[],
  { x, y, divisor = 1, isNext = false, isPartial = false }: FoldCall,
): void {
  const calls = stages.flatMap(slicesOf);
  let from = x;
  for (const [i, call] of calls.entries()) {
    const { outer, length, inner, rows } = call;
    const isEnd = i === calls.length - 1;
    const form = { isNext: isNext || i > 0, isLast: isEnd && !isPartial };
    const to = isEnd ? y : work.workspace(outer * Math.ceil(length / rows) * inner * kind.sizes.next);
    foldSlices(work, kind, form, call, { from, to, divisor });
    from = to;
  }
}

/** The calls that fold one axis. Each result of the first is of this many rows; the next ones fold the results. */
function slicesOf(axis: MiddleAxis): readonly (MiddleAxis & { readonly rows: number })[] {
  const { outer, length, inner } = axis;
  const rows = rowsOfSlice(axis);
  const slices = Math.ceil(length / rows);
  const call = { ...axis, rows };
  return slices === 1 ? [call] : [call, ...slicesOf({ outer, length: slices, inner })];
}

/**
 * Folds each slice of `rows` rows. x is [outer, length, inner], y is [outer, slices, results, inner].
 *
 * @param further the values of the kind's further parameters
 */
export function foldSlices<F extends Fold<F>>(
  work: Work,
  kind: FoldKind<F>,
  form: StageForm,
  { outer, length, inner, rows }: MiddleAxis & { readonly rows: number },
  { from, to, divisor = 1 }: { readonly from: Span; readonly to: Span; readonly divisor?: number },
  further: readonly number[] = [],
): void {
  const slices = Math.ceil(length / rows);
  const program = work.program(`fold ${kind.name} ${form.isNext} ${form.isLast} ${inner}`, (module) =>
    writeFold(module, kind, form, inner),
  );
  const jobs = split(
    [from.address, to.address, divisor, length, rows, slices, ...further],
    outer * slices * blocksOf(inner),
    WORK_OF_ELEMENT * (kind.results ?? 1) * rows * Math.min(inner, COLUMNS_OF_UNIT),
  );
  work.run(program.function("fold"), jobs);
}

function blocksOf(inner: number): number {
  return Math.ceil(inner / COLUMNS_OF_UNIT);
}

/** A unit is a block of columns of one slice. */
function writeFold<F extends Fold<F>>(module: ModuleBuilder, kind: FoldKind<F>, form: StageForm, inner: number): void {
  const { sizes, results = 1, parameters = [], columns } = kind;
  const inBytes = 4 * (form.isNext ? sizes.next : sizes.first);
  const outBytes = 4 * (form.isLast ? 1 : sizes.next);
  const blocks = blocksOf(inner);
  const names = ["x", "y", "divisor", "length", "rows", "slices", ...parameters, "unit", "end"];
  module.function("fold", names, (f, given) => {
    const parameter = byName("fold", given);
    const [unit, slices, length] = [parameter("unit"), parameter("slices"), parameter("length")];
    const [slice, outer, firstRow, present] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const [from, to, at, last] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const folds = Array.from({ length: columns / 4 }, () => kind.create(f, { ...form, inner }, parameter));
    const place: Place<F> = { from, to, at, last, outer, present, inBytes, outBytes, folds };
    f.for(unit, undefined, parameter("end"), 1, () => {
      slice.set(unit.div(blocks));
      outer.set(slice.div(slices));
      firstRow.set(slice.rem(slices).mul(parameter("rows")));
      present.set(parameter("rows").min(length.sub(firstRow)));
      from.set(
        parameter("x").add(
          outer
            .mul(length)
            .add(firstRow)
            .mul(inner * inBytes),
        ),
      );
      to.set(parameter("y").add(slice.mul(results * inner * outBytes)));
      if (inner === 1) writeRow(f, place);
      else writeColumns(f, place, inner, unit);
    });
  });
}

interface Place<F> {
  readonly from: I32Variable;
  readonly to: I32Variable;
  readonly at: I32Variable;
  readonly last: I32Variable;
  readonly outer: I32;
  /** The rows of this slice. */
  readonly present: I32;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly folds: readonly F[];
}

/** Folds a run of neighbouring values: as many at a time as the registers hold, then four, then one. */
function writeRow<F extends Fold<F>>(f: FunctionBuilder, place: Place<F>): void {
  const { from, to, at, last, outer, present, inBytes, folds } = place;
  const [first, ...others] = folds;
  if (!first) throw new Error("a row needs a fold");
  const wide = 4 * folds.length;
  const upTo = (multiple: number) => last.set(from.add(present.and(-multiple).mul(inBytes)));
  at.set(from);
  first.start(outer, undefined);
  f.if(present.atLeast(wide), () => {
    for (const fold of others) fold.start(outer, undefined);
    upTo(wide);
    f.until(at, last, wide * inBytes, () => {
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
  const { from, to, at, last, outer, present, inBytes, outBytes, folds } = place;
  const blocks = blocksOf(inner);
  const [column, endOfBlock, endOfTiles] = [f.i32(), f.i32(), f.i32()];
  const wide = 4 * folds.length;
  const left = inner % wide;
  const tile = (columns: number) => {
    const used = folds.slice(0, Math.ceil(columns / 4));
    const lanes = (i: number) => Math.min(4, columns - 4 * i);
    for (const [i, fold] of used.entries()) fold.start(outer, column.add(4 * i));
    at.set(from);
    last.set(from.add(present.mul(inner * inBytes)));
    f.until(at, last, inner * inBytes, () => {
      for (const [i, fold] of used.entries()) fold.take(at, i * 4 * inBytes);
    });
    for (const [i, fold] of used.entries()) fold.store(to, i * 4 * outBytes, lanes(i), inner * outBytes);
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
  f.for(column, undefined, endOfTiles, wide, () => {
    tile(wide);
    from.advance(wide * inBytes);
    to.advance(wide * outBytes);
  });
  if (left > 0) f.if(endOfBlock.equals(inner), () => tile(left));
}
