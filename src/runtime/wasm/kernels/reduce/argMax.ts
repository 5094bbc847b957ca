import type { ArgMaxAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, F32x4, I32x4 } from "../../assembler/values.js";
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

/** The rows from `row` up to `end`, one value at a time. */
function writeRows(module: ModuleBuilder): void {
  module.function("rows", ["x", "y", "length", "row", "end"], (f, { x, y, length, row, end }) => {
    const [from, at, last, position] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const [value, best] = [f.f32(), f.f32()];
    f.for(row, undefined, end, 1, () => {
      from.set(x.add(row.mul(length).mul(4)));
      last.set(from.add(length.mul(4)));
      at.set(from);
      best.set(F32.of(Number.NEGATIVE_INFINITY));
      position.set(0);
      f.until(at, last, 4, () => {
        value.set(F32.load(at));
        // A comparison with NaN is false. So a NaN is better than a number, and nothing is better than a NaN.
        f.if(best.less(value).or(value.differs(value).and(best.equals(best))), () => {
          best.set(value);
          position.set(at.sub(from));
        });
      });
      f.store(y.add(row.mul(4)), position.shiftRight(2).toF32());
    });
  });
}

/** A unit is four neighbouring columns, or the last of `inner`. */
function writeColumns(module: ModuleBuilder, inner: number): void {
  const fours = Math.ceil(inner / 4);
  module.function("columns", ["x", "y", "length", "unit", "end"], (f, { x, y, length, unit, end }) => {
    const [outer, column, from, to, at, last] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [value, best] = [f.f32x4(), f.f32x4()];
    const [position, row, better] = [f.i32x4(), f.i32x4(), f.i32x4()];
    f.for(unit, undefined, end, 1, () => {
      outer.set(unit.div(fours));
      column.set(unit.rem(fours).mul(4));
      from.set(x.add(outer.mul(length).mul(inner).add(column).mul(4)));
      to.set(y.add(outer.mul(inner).add(column).mul(4)));
      last.set(from.add(length.mul(inner * 4)));
      at.set(from);
      best.set(F32x4.of(Number.NEGATIVE_INFINITY));
      position.set(I32x4.of(0));
      row.set(I32x4.of(0));
      f.until(at, last, inner * 4, () => {
        value.set(F32x4.load(at));
        better.set(best.less(value).or(value.differs(value).and(best.equals(best))));
        best.set(value.select(better, best));
        position.set(row.asF32x4().select(better, position.asF32x4()).bits());
        row.set(row.add(I32x4.of(1)));
      });
      const store = (lanes: number) => f.storeLanes(to, position.toF32x4(), lanes);
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
