import type { OneHotAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** y[i, c] = 1 if indices[i] is c, else 0. */
export function oneHot(
  work: Work,
  { depth }: OneHotAttributes,
  { indices }: { readonly indices: Span },
  { y }: { readonly y: Span },
): void {
  const program = work.program("oneHot", writeRows);
  work.run(program.function("rows"), split([indices.address, y.address, depth], indices.elements, depth + 20));
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder): void {
  module.function("rows", ["indices", "y", "depth", "row", "end"], (f, { indices, y, depth, row, end }) => {
    const index = f.f64();
    const position = f.i32();
    f.clear(y.add(row.mul(depth).mul(4)), end.sub(row).mul(depth).mul(4));
    f.for(row, undefined, end, 1, () => {
      index.set(F64.loadFloat(indices.add(row.mul(4))));
      position.set(index.toInteger());
      f.if(F64.fromInteger(position).equals(index).and(position.less(depth)), () =>
        f.store(y.add(row.mul(depth).add(position).mul(4)), F32.of(1)),
      );
    });
  });
}
