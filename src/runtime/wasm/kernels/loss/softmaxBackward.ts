import type { SoftmaxAttributes } from "../../../../core/attributes.js";
import { F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { forRow, RowSum } from "./softmaxRow.js";

/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 8;

/** dx = y · (dy − Σ y · dy), row by row of c. */
export function softmaxBackward(
  work: Work,
  { c }: SoftmaxAttributes,
  { y, dy }: { readonly y: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const program = work.program(`softmaxBackward ${c}`, (module) => writeRows(module, c));
  const args = [y.address, dy.address, dx.address];
  work.run(program.function("rows"), split(args, y.elements / c, WORK_OF_ELEMENT * c));
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder, c: number): void {
  module.function("rows", ["y", "dy", "dx", "row", "end"], (f, { y, dy, dx, row, end }) => {
    const [toGradient, toResult, at] = [f.i32(dy.sub(y)), f.i32(dx.sub(y)), f.i32()];
    const sum = f.f64x2();
    const sums = new RowSum(f);
    /** Two values, or one and 0, or two zeros. */
    const pair = (address: I32, count: number, half: number): F64x2 => {
      const left = count - 2 * half;
      if (left <= 0) return F64x2.of(0);
      return left === 1 ? F64x2.loadFloat(address, 8 * half) : F64x2.loadFloats(address, 8 * half);
    };
    y.advance(row.mul(4 * c));
    f.for(row, undefined, end, 1, () => {
      sums.start();
      forRow(f, c, at, y, (count) => {
        const product = (half: number) => pair(at, count, half).mul(pair(at.add(toGradient), count, half));
        sums.addPairs(product(0), product(1));
      });
      sum.set(F64x2.splatOf(sums.total()));
      forRow(f, c, at, y, (count) => {
        const result = (half: number) => pair(at, count, half).mul(pair(at.add(toGradient), count, half).sub(sum));
        f.storeLanes(at.add(toResult), roundedPairs(result(0), result(1)), count);
      });
      y.advance(4 * c);
    });
  });
}
