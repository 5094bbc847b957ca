import type { GatherAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { rowCopier } from "../kit/rows.js";
import { rowOfIndex } from "./rowOfIndex.js";

/** The multiply-adds that take as long as one element, and as one index. */
const WORK = { ofElement: 4, ofIndex: 50 };

/** y[o, j] = x[o, indices[j]], rows of `inner` elements. Zeros if the index names no row. */
export function gather(
  work: Work,
  { outer, rows, count, inner }: GatherAttributes,
  { x, indices }: { readonly x: Span; readonly indices: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program("gather", writeGather);
  const args = [x.address, indices.address, y.address, rows, count, inner];
  work.run(program.function("gather"), split(args, outer * count, WORK.ofElement * inner + WORK.ofIndex));
}

/** A unit is a row of y. */
function writeGather(module: ModuleBuilder): void {
  module.function(
    "gather",
    ["x", "indices", "y", "rows", "count", "inner", "unit", "end"],
    (f, { x, indices, y, rows, count, inner, unit, end }) => {
      const [from, to, bytes] = [f.i32(), f.i32(), f.i32()];
      const copy = rowCopier(f);
      f.for(unit, undefined, end, 1, () => {
        bytes.set(inner.mul(4));
        to.set(y.add(unit.mul(bytes)));
        rowOfIndex(
          f,
          indices.add(unit.rem(count).mul(4)),
          rows,
          (row) => {
            from.set(x.add(unit.div(count).mul(rows).add(row).mul(bytes)));
            copy(to, from, bytes);
          },
          () => f.clear(to, bytes),
        );
      });
    },
  );
}
