import type { GatherAttributes } from "../../../../core/attributes.js";
import { F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { rowOfIndex } from "./rowOfIndex.js";

/** The columns whose sums are in registers. */
const TILES = [16, 4, 1] as const;
/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 6;

/**
 * dx[o, row] = Σ dy[o, j] over the j whose index names the row, rows of `inner` elements.
 *
 * Two workspaces hold a list of the j of each row, in order: `first[row]` is 1 + the first j, `next[j]` is 1 + the next
 * one. 0 ends a list.
 */
export function gatherBackward(
  work: Work,
  { outer, rows, count, inner }: GatherAttributes,
  { indices, dy }: { readonly indices: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const [first, next] = [work.workspace(rows), work.workspace(count)];
  const program = work.program("gatherBackward", (module) => {
    writeLists(module);
    writeSums(module);
  });
  work.run(program.function("lists"), [[indices.address, first.address, next.address, rows, count]]);
  const args = [first.address, next.address, dy.address, dx.address, rows, count, inner];
  const workOfRow = WORK_OF_ELEMENT * inner * Math.max(1, count / rows);
  work.run(program.function("sums"), split(args, outer * rows, workOfRow));
}

function writeLists(module: ModuleBuilder): void {
  module.function(
    "lists",
    ["indices", "first", "next", "rows", "count"],
    (f, { indices, first, next, rows, count }) => {
      const [j, head] = [f.i32(), f.i32()];
      f.clear(first, rows.mul(4));
      j.set(count);
      f.until(j, 0, -1, () => {
        rowOfIndex(f, indices.add(j.sub(1).mul(4)), rows, (row) => {
          head.set(first.add(row.mul(4)));
          f.store(next.add(j.sub(1).mul(4)), I32.load(head));
          f.store(head, j);
        });
      });
    },
  );
}

/** A unit is a row of dx. */
function writeSums(module: ModuleBuilder): void {
  module.function(
    "sums",
    ["first", "next", "dy", "dx", "rows", "count", "inner", "unit", "end"],
    (f, { first, next, dy, dx, rows, count, inner, unit, end }) => {
      const [o, row, column, from, to, j] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
      const sums = Array.from({ length: TILES[0] / 2 }, () => f.f64x2());
      const tile = (columns: number) => {
        const pairs = sums.slice(0, Math.ceil(columns / 2));
        for (const pair of pairs) pair.set(F64x2.of(0));
        j.set(I32.load(first.add(row.mul(4))));
        f.if(j, () =>
          f.until(j, 0, 0, () => {
            from.set(dy.add(o.mul(count).add(j.sub(1)).mul(inner).add(column).mul(4)));
            for (const [i, pair] of pairs.entries()) {
              pair.set(pair.add(columns === 1 ? F64x2.loadFloat(from) : F64x2.loadFloats(from, 8 * i)));
            }
            j.set(I32.load(next.add(j.sub(1).mul(4))));
          }),
        );
        for (const [i, pair] of pairs.entries()) {
          if (i % 2 === 0) f.storeLanes(to, roundedPairs(pair, pairs[i + 1] ?? pair), Math.min(4, columns), 8 * i);
        }
        to.advance(4 * columns);
      };
      f.for(unit, undefined, end, 1, () => {
        o.set(unit.div(rows));
        row.set(unit.rem(rows));
        to.set(dx.add(unit.mul(inner).mul(4)));
        column.set(0);
        for (const columns of TILES) {
          f.for(column, undefined, inner.and(-columns), columns, () => tile(columns));
        }
      });
    },
  );
}
