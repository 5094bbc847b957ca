import type { ArgMaxAttributes } from "../../../../core/attributes.js";
import type { F32x4Variable, FunctionBuilder, I32x4Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4, type Lanes } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 4;

/**
 * y[outer, inner] = the position of the largest of x[outer, length, inner] along `length`: the first one, and the first
 * NaN if there is one.
 */
export function argMax(
  work: Work,
  { length, inner }: ArgMaxAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const args = [x.address, y.address, length];
  if (inner === 1) {
    const program = work.program("argMax", writeRows);
    work.run(program.function("rows"), split(args, y.elements, WORK_OF_ELEMENT * length));
    return;
  }
  const fours = Math.ceil(inner / 4);
  const program = work.program(`argMax ${inner}`, (module) => writeColumns(module, inner));
  work.run(program.function("columns"), split(args, (y.elements / inner) * fours, 4 * WORK_OF_ELEMENT * length));
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder): void {
  module.function("rows", ["x", "y", "length", "row", "end"], (f, { x, y, length, row, end }) => {
    const [from, at, last] = [f.i32(), f.i32(), f.i32()];
    const best = new Best(f);
    f.for(row, undefined, end, 1, () => {
      from.set(x.add(row.mul(length).mul(4)));
      at.set(from);
      best.start([0, 1, 2, 3]);
      last.set(from.add(length.and(-4).mul(4)));
      f.for(at, undefined, last, 16, () => {
        best.take(F32x4.load(at));
        best.goOn(4);
      });
      last.set(from.add(length.mul(4)));
      best.goTo(length.and(-4));
      f.for(at, undefined, last, 4, () => {
        best.take(F32x4.splat(at));
        best.goOn(1);
      });
      best.joinLanes([2, 3, 0, 1]);
      best.joinLanes([1, 0, 3, 2]);
      f.storeLanes(y.add(row.mul(4)), best.position.toF32x4(), 1);
    });
  });
}

/** A unit is four neighbouring columns, or the last of `inner`. */
function writeColumns(module: ModuleBuilder, inner: number): void {
  const fours = Math.ceil(inner / 4);
  module.function("columns", ["x", "y", "length", "unit", "end"], (f, { x, y, length, unit, end }) => {
    const [outer, column, from, to, at, last] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const best = new Best(f);
    f.for(unit, undefined, end, 1, () => {
      outer.set(unit.div(fours));
      column.set(unit.rem(fours).mul(4));
      from.set(x.add(outer.mul(length).mul(inner).add(column).mul(4)));
      to.set(y.add(outer.mul(inner).add(column).mul(4)));
      last.set(from.add(length.mul(inner * 4)));
      at.set(from);
      best.start([0, 0, 0, 0]);
      f.until(at, last, inner * 4, () => {
        best.take(F32x4.load(at));
        best.goOn(1);
      });
      const store = (lanes: number) => f.storeLanes(to, best.position.toF32x4(), lanes);
      if (inner % 4 === 0) store(4);
      else
        f.if(
          column.equals(inner - (inner % 4)),
          () => store(inner % 4),
          () => store(4),
        );
    });
  });
}

/** The best of the values of each lane, and its position. A NaN is better than a number, and nothing than a NaN. */
class Best {
  readonly position: I32x4Variable;
  readonly #value: F32x4Variable;
  readonly #candidate: F32x4Variable;
  /** The positions of the next values. */
  readonly #next: I32x4Variable;
  readonly #isBetter: I32x4Variable;

  constructor(f: FunctionBuilder) {
    this.position = f.i32x4();
    this.#value = f.f32x4();
    this.#candidate = f.f32x4();
    this.#next = f.i32x4();
    this.#isBetter = f.i32x4();
  }

  /** @param positions of the first values */
  start(positions: Lanes): void {
    this.#value.set(F32x4.of(Number.NEGATIVE_INFINITY));
    this.#next.set(I32x4.ofLanes(positions));
    this.position.set(this.#next);
  }

  goOn(positions: number): void {
    this.#next.set(this.#next.add(I32x4.of(positions)));
  }

  goTo(position: I32): void {
    this.#next.set(I32x4.splatOf(position));
  }

  take(value: F32x4): void {
    const [candidate, best] = [this.#candidate, this.#value];
    candidate.set(value);
    // A comparison with NaN is false.
    this.#isBetter.set(best.less(candidate).or(candidate.differs(candidate).and(best.equals(best))));
    this.#replace(this.#next);
  }

  /** Takes the values of other lanes. Of equal values, the one of the smaller position is the better. */
  joinLanes(lanes: Lanes): void {
    const [candidate, best, next] = [this.#candidate, this.#value, this.#next];
    candidate.set(best.shuffle(best, lanes));
    const positions = this.position.asF32x4();
    next.set(positions.shuffle(positions, lanes).bits());
    const bothNaN = candidate.differs(candidate).and(best.differs(best));
    const isEarlier = best.equals(candidate).or(bothNaN).and(next.less(this.position));
    const isBetter = best.less(candidate).or(candidate.differs(candidate).and(best.equals(best)));
    this.#isBetter.set(isBetter.or(isEarlier));
    this.#replace(next);
  }

  #replace(positions: I32x4): void {
    this.#value.set(this.#candidate.select(this.#isBetter, this.#value));
    this.position.set(positions.asF32x4().select(this.#isBetter, this.position.asF32x4()).bits());
  }
}
