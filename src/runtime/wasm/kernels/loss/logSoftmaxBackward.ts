import type { SoftmaxAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { exp } from "../kit/math.js";
import { firstOf, forRow, RowSum, WORK_OF_EXPONENTIAL } from "./softmaxRow.js";

/** dx = dy − exp(y) · Σ dy, row by row of c. */
export function logSoftmaxBackward(
  work: Work,
  { c }: SoftmaxAttributes,
  { y, dy }: { readonly y: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const program = work.program(`logSoftmaxBackward ${c}`, (module) => writeRows(module, c));
  const args = [y.address, dy.address, dx.address];
  work.run(program.function("rows"), split(args, y.elements / c, WORK_OF_EXPONENTIAL * c));
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder, c: number): void {
  module.function("rows", ["y", "dy", "dx", "row", "end"], (f, { y, dy, dx, row, end }) => {
    const [toOutput, toResult, at] = [f.i32(y.sub(dy)), f.i32(dx.sub(dy)), f.i32()];
    const [gradient, sum] = [f.f32x4(), f.f32x4()];
    const sums = new RowSum(f);
    dy.advance(row.mul(4 * c));
    f.for(row, undefined, end, 1, () => {
      sums.start();
      forRow(f, c, at, dy, (count) => {
        gradient.set(firstOf(F32x4.load(at), count));
        sums.add(gradient);
      });
      sum.set(F32x4.splatOf(sums.total().toF32()));
      forRow(f, c, at, dy, (count) => {
        const probability = exp(f, F32x4.load(at.add(toOutput)));
        f.storeLanes(at.add(toResult), F32x4.load(at).sub(probability.mul(sum)), count);
      });
      dy.advance(4 * c);
    });
  });
}
