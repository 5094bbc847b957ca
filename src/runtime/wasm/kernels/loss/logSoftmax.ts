import type { SoftmaxAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { log } from "../kit/math.js";
import { forRow, SoftmaxRow, WORK_OF_EXPONENTIAL } from "./softmaxRow.js";

/** y = (x − m) − ln Σ exp(x − m) of each row of c, where m is the row's largest value. */
export function logSoftmax(
  work: Work,
  { c }: SoftmaxAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program(`logSoftmax ${c}`, (module) => writeRows(module, c));
  work.run(program.function("rows"), split([x.address, y.address], x.elements / c, WORK_OF_EXPONENTIAL * c));
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder, c: number): void {
  module.function("rows", ["x", "y", "row", "end"], (f, { x, y, row, end }) => {
    const [toResult, at] = [f.i32(y.sub(x)), f.i32()];
    const logOfSum = f.f32x4();
    const softmaxRow = new SoftmaxRow(f, c);
    x.advance(row.mul(4 * c));
    f.for(row, undefined, end, 1, () => {
      softmaxRow.read(x);
      logOfSum.set(log(f, softmaxRow.roundedSum()));
      forRow(f, c, at, x, (count) => {
        f.storeLanes(at.add(toResult), F32x4.load(at).sub(softmaxRow.largest).sub(logOfSum), count);
      });
      x.advance(4 * c);
    });
  });
}
