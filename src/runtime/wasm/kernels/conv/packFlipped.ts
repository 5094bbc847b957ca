import type { F32x4Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4, type Lanes } from "../../assembler/vectors.js";
import { evenly, type Job } from "../../commands/work.js";
import { cutIntoPanels, PANEL_COLUMNS, PANEL_ROW_BYTES } from "./packPanels.js";

/**
 * A filter whose taps are matrices of `columns` × `length`. Packed, the rows of a tap are its columns here. Strides are
 * in elements: from a column to the next, and from a packed tap to the next one, down and to the right.
 */
export interface FlippedFilter {
  readonly columns: number;
  readonly length: number;
  readonly columnStride: number;
  readonly downStride: number;
  readonly rightStride: number;
}

/**
 * A function (w, out, check, across, taps, unit, end) that packs `taps` taps, `across` of them side by side, into panels
 * of taps · length rows: see `Panels`. w is the address of the first tap. A unit is one tap in one panel.
 *
 * One of four floats at `check` becomes NaN if a weight is NaN or infinite, else they become 0.
 */
export function writePackFlipped(module: ModuleBuilder, name: string, filter: FlippedFilter): void {
  const { columns, length, columnStride, downStride, rightStride } = filter;
  const { full, rest } = cutIntoPanels(columns);
  const parameters = ["w", "out", "check", "across", "taps", "unit", "end"] as const;
  module.function(name, parameters, (f, { w, out, check, across, taps, unit, end }) => {
    const [tap, panel, from, to] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const block = new TransposedBlock(f, from, to, columnStride * 4);
    const packTap = (width: number) => {
      const rowBytes = Math.ceil(width / 4) * 16;
      from.set(w.add(tap.div(across).mul(downStride * 4)).add(tap.rem(across).mul(rightStride * 4)));
      from.advance(panel.mul(PANEL_COLUMNS * columnStride * 4));
      to.set(out.add(panel.mul(taps).mul(length * PANEL_ROW_BYTES)).add(tap.mul(length * rowBytes)));
      block.write(length, width, rowBytes);
    };
    f.for(unit, undefined, end, 1, () => {
      panel.set(unit.div(taps));
      tap.set(unit.rem(taps));
      if (full === 0) packTap(rest);
      else if (rest === 0) packTap(PANEL_COLUMNS);
      else {
        f.if(
          panel.less(full),
          () => packTap(PANEL_COLUMNS),
          () => packTap(rest),
        );
      }
    });
    f.store(check, block.zero);
  });
}

/** The same for `writeRowDots`: the columns follow each other, each with the floats of all taps. A unit is one tap. */
export function writePackColumns(module: ModuleBuilder, name: string, filter: FlippedFilter): void {
  const { columns, length, columnStride, downStride, rightStride } = filter;
  const parameters = ["w", "out", "check", "across", "taps", "unit", "end"] as const;
  module.function(name, parameters, (f, { w, out, check, across, taps, unit, end }) => {
    const [from, to, last] = [f.i32(), f.i32(), f.i32()];
    const [zero, value] = [f.f32x4(F32x4.of(0)), f.f32x4()];
    const left = length % 4;
    const copy = (lanes: number) => {
      value.set(F32x4.load(from).first(lanes));
      zero.set(zero.add(value.mul(F32x4.of(0))));
      f.storeLanes(to, value, lanes);
    };
    f.for(unit, undefined, end, 1, () => {
      for (let column = 0; column < columns; column++) {
        from.set(w.add(unit.div(across).mul(downStride * 4)).add(unit.rem(across).mul(rightStride * 4)));
        from.advance(column * columnStride * 4);
        to.set(
          out.add(
            taps
              .mul(column)
              .add(unit)
              .mul(length * 4),
          ),
        );
        if (length >= 4) {
          last.set(from.add((length - left) * 4));
          f.until(from, last, 16, () => {
            copy(4);
            to.advance(16);
          });
        }
        if (left > 0) copy(left);
      }
    });
    f.store(check, zero);
  });
}

/** Transposes one tap of one panel. */
class TransposedBlock {
  /** 0 in each lane, unless a value was NaN or infinite. */
  readonly zero: F32x4Variable;
  readonly #end: I32Variable;
  readonly #loaded: readonly F32x4Variable[];
  readonly #pairs: readonly F32x4Variable[];
  readonly #row: F32x4Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly from: I32Variable,
    private readonly to: I32Variable,
    private readonly columnBytes: number,
  ) {
    this.zero = f.f32x4(F32x4.of(0));
    this.#end = f.i32();
    this.#loaded = f.vectors(4);
    this.#pairs = f.vectors(4);
    this.#row = f.f32x4();
  }

  write(length: number, width: number, rowBytes: number): void {
    const { f } = this;
    const whole = Math.floor(length / 4);
    const rows = (count: number) => {
      for (let v = 0; 4 * v < width; v++) this.#fourColumns(v, Math.min(4, width - 4 * v), count, rowBytes);
    };
    if (whole > 0) {
      this.#end.set(this.from.add(whole * 16));
      f.until(this.from, this.#end, 16, () => {
        rows(4);
        this.to.advance(4 * rowBytes);
      });
    }
    if (length % 4 > 0) rows(length % 4);
  }

  /** The first `count` rows of four columns. Those beyond `width` are 0. */
  #fourColumns(vector: number, width: number, count: number, rowBytes: number): void {
    const { f } = this;
    for (const [i, column] of this.#loaded.entries()) {
      column.set(i < width ? F32x4.load(this.from, (4 * vector + i) * this.columnBytes) : F32x4.of(0));
    }
    const [a, b, c, d] = this.#loaded;
    const [ab, cd, abHigh, cdHigh] = this.#pairs;
    if (!a || !b || !c || !d || !ab || !cd || !abHigh || !cdHigh) return;
    ab.set(a.shuffle(b, LOW));
    cd.set(c.shuffle(d, LOW));
    abHigh.set(a.shuffle(b, HIGH));
    cdHigh.set(c.shuffle(d, HIGH));
    const rows = [
      ab.shuffle(cd, FIRST),
      ab.shuffle(cd, SECOND),
      abHigh.shuffle(cdHigh, FIRST),
      abHigh.shuffle(cdHigh, SECOND),
    ];
    for (const [i, row] of rows.slice(0, count).entries()) {
      this.#row.set(row);
      this.zero.set(this.zero.add(this.#row.mul(F32x4.of(0))));
      f.store(this.to, this.#row, i * rowBytes + vector * 16);
    }
  }
}

const LOW: Lanes = [0, 4, 1, 5];
const HIGH: Lanes = [2, 6, 3, 7];
const FIRST: Lanes = [0, 1, 4, 5];
const SECOND: Lanes = [2, 3, 6, 7];

const ELEMENTS_OF_JOB = 2 ** 17;

/** What one call of that function packs: the taps of a phase. */
export interface FlippedTaps {
  /** Addresses of the first tap and of the panels. */
  readonly w: number;
  readonly out: number;
  readonly across: number;
  readonly taps: number;
}

/** Jobs of these functions, without the address `check`, which is different for each job. */
export function packFlippedJobs(
  { columns, length }: FlippedFilter,
  { w, out, across, taps }: FlippedTaps,
  dots: boolean,
): readonly ((check: number) => Job)[] {
  const units = dots ? taps : taps * Math.ceil(columns / PANEL_COLUMNS);
  return evenly(units, (taps * columns * length) / ELEMENTS_OF_JOB).map(({ first, end }) => (check) => [
    w,
    out,
    check,
    across,
    taps,
    first,
    end,
  ]);
}
