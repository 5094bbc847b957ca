import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { evenly, type Job, split, type Work } from "../../commands/work.js";
import { pairs } from "./pairs.js";

/** Rows of floats in memory. */
export interface Rows {
  readonly address: number;
  readonly count: number;
  /** The floats of a row that are summed. */
  readonly columns: number;
  /** The floats from one row to the next. */
  readonly stride: number;
}

/** One pass makes one row of so many. */
const ROWS_OF_GROUP = 64;
const ROWS_OF_BLOCK = 8;
const BLOCKS = ROWS_OF_GROUP / ROWS_OF_BLOCK;

/** The bits of −∞: a floor that changes nothing. */
export const NO_FLOOR = 0xff800000 | 0;

/**
 * y[column] = max(floor, Σ rows[…, column]), added in pairs.
 *
 * @param y an address
 * @param floor the bits of a float32. If it is 0, the sum passes a ReLU
 */
export function sumRows(work: Work, rows: Rows, y: number, floor = NO_FLOOR): void {
  const program = work.program("sumRows", writeSum);
  let from = rows;
  while (from.count > ROWS_OF_GROUP) {
    const count = Math.ceil(from.count / ROWS_OF_GROUP);
    const stride = Math.ceil(from.columns / 4) * 4;
    const { address } = work.workspace(count * stride);
    const args = [from.address, 4 * from.stride, from.count, address, 4 * stride, from.columns, NO_FLOOR];
    work.run(program.function("sum"), split(args, count, ROWS_OF_GROUP * from.columns));
    from = { address, count, columns: from.columns, stride };
  }
  work.run(program.function("sum"), jobsOfColumns(from, y, floor));
}

/** Jobs that sum all rows, each for some of the columns. */
function jobsOfColumns({ address, count, columns, stride }: Rows, y: number, floor: number): readonly Job[] {
  const vectors = Math.ceil(columns / 4);
  return evenly(vectors, (count * columns) / 2 ** 19).map(({ first, end }) => {
    const ownColumns = Math.min(columns, 4 * end) - 4 * first;
    return [address + 16 * first, 4 * stride, count, y + 16 * first, 0, ownColumns, floor, 0, 1];
  });
}

const PARAMETERS = ["from", "rowBytes", "rows", "to", "toBytes", "columns", "floor", "group", "end"] as const;

/** Makes a row of each group of rows, from `group` up to `end`. */
function writeSum(module: ModuleBuilder): void {
  module.function("sum", PARAMETERS, (f, p) => {
    const [rows, at, to, column] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const sum = f.f32x4();
    const floor = f.f32x4(I32x4.splatOf(p.floor).asF32x4());
    const vector = sumOfGroup(f, p.rowBytes);
    f.for(p.group, undefined, p.end, 1, () => {
      rows.set(p.rows.sub(p.group.mul(ROWS_OF_GROUP)).min(ROWS_OF_GROUP));
      at.set(p.from.add(p.group.mul(ROWS_OF_GROUP).mul(p.rowBytes)));
      to.set(p.to.add(p.group.mul(p.toBytes)));
      f.for(column, 0, p.columns, 4, () => {
        sum.set(vector(at, rows).pseudoMax(floor));
        f.if(
          p.columns.sub(column).atLeast(4),
          () => f.store(to, sum),
          () => {
            for (const lanes of [1, 2, 3]) {
              f.if(p.columns.sub(column).equals(lanes), () => f.storeLanes(to, sum, lanes));
            }
          },
        );
        at.advance(16);
        to.advance(16);
      });
    });
  });
}

/**
 * The sum of a vector over at most 64 rows. The sums of eight rows each are added in pairs. A sum that has no rows is 0,
 * which adds no error.
 */
function sumOfGroup(f: FunctionBuilder, rowBytes: I32): (at: I32, rows: I32) => F32x4 {
  const [row, left] = [f.i32(), f.i32()];
  const blocks = f.vectors(BLOCKS);
  const terms = f.vectors(ROWS_OF_BLOCK);
  const load = (count: number) => {
    for (const term of terms.slice(0, count)) {
      term.set(F32x4.load(row));
      row.advance(rowBytes);
    }
    return pairs(terms.slice(0, count));
  };
  return (at, rows) => {
    row.set(at);
    left.set(rows);
    for (const block of blocks) {
      block.set(F32x4.of(0));
      f.if(
        left.atLeast(ROWS_OF_BLOCK),
        () => {
          block.set(load(ROWS_OF_BLOCK));
          left.set(left.sub(ROWS_OF_BLOCK));
        },
        () => restOfRows(f, left, (count) => block.set(block.add(load(count)))),
      );
    }
    return pairs(blocks);
  };
}

/** Fewer than eight rows: four, two, one, as there are. */
function restOfRows(f: FunctionBuilder, left: I32Variable, add: (count: number) => void): void {
  for (const count of [4, 2, 1]) f.if(left.and(count), () => add(count));
  left.set(0);
}
