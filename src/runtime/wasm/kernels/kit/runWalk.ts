import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import type { AxisMap } from "./axisMap.js";
import { type RelativeTap, type Run, runsOf, tapsInCode } from "./axisRuns.js";
import { Memo, ObjectMemo } from "./memo.js";

/** Images whose rows and columns are mapped, channels innermost. */
export interface Walk {
  readonly rows: readonly Run[];
  readonly columns: readonly Run[];
  readonly input: { readonly rows: number; readonly columns: number };
  readonly output: { readonly rows: number; readonly columns: number };
  readonly c: number;
}

/** An input vector that an output vector takes. */
export interface WalkTap {
  /** The distance from the input pointer, in bytes. */
  readonly offset: number;
  readonly row: RelativeTap;
  readonly column: RelativeTap;
}

/** One to four neighbouring numbers of the output. */
export interface WalkPlace {
  /** Points at the first input vector that the output takes. */
  readonly input: I32;
  readonly output: I32;
  /** The numbers that exist. Vectors that are loaded have more, which are of no use. */
  readonly lanes: number;
}

/** Code of more taps than this is too long. Loops over a table are better then. */
const MOST_TAPS_IN_CODE = 200;

/** Walks by the map of the rows, by that of the columns, and by the channels. */
const walks = new ObjectMemo<AxisMap, ObjectMemo<AxisMap, Memo<Walk | typeof TOO_LONG>>>();
const TOO_LONG = "too long";

/** Undefined if the code of the walk would be too long. */
export function walkOf(rows: AxisMap, columns: AxisMap, c: number): Walk | undefined {
  const walk = walks
    .get(rows, () => new ObjectMemo())
    .get(columns, () => new Memo())
    .get(`${c}`, () => planWalk(rows, columns, c) ?? TOO_LONG);
  return walk === TOO_LONG ? undefined : walk;
}

const keys = new ObjectMemo<Walk, string>();

/** The key of a program that walks so. */
export function keyOfWalk(walk: Walk): string {
  return keys.get(walk, () => JSON.stringify(walk));
}

function planWalk(rows: AxisMap, columns: AxisMap, c: number): Walk | undefined {
  const walk = { rows: runsOf(rows), columns: runsOf(columns) };
  if (tapsInCode(walk.rows, walk.columns) > MOST_TAPS_IN_CODE) return undefined;
  return {
    ...walk,
    input: { rows: rows.inputs, columns: columns.inputs },
    output: { rows: rows.taps.length, columns: columns.taps.length },
    c,
  };
}

/** The loads that a row of the output takes, and one store for each vector. In numbers, not in vectors. */
export function workOfRow({ output, columns, rows, c }: Walk): number {
  const mean = (runs: readonly Run[], outputs: number) =>
    runs.reduce((sum, { count, taps }) => sum + count * taps.length, 0) / outputs;
  return output.columns * c * (2 + mean(rows, output.rows) * mean(columns, output.columns));
}

/**
 * Visits all vectors of the rows of the output from `unit` up to `end`. Rows count through all images.
 *
 * @param visit writes the code of one output vector
 */
export function writeWalk(
  f: FunctionBuilder,
  walk: Walk,
  at: { readonly input: I32; readonly output: I32; readonly unit: I32Variable; readonly end: I32 },
  visit: (place: WalkPlace, taps: readonly WalkTap[]) => void,
): void {
  const { rows, columns, c } = walk;
  const [inputRow, outputRow] = [walk.input.columns * c * 4, walk.output.columns * c * 4];
  const [position, firstInput, firstOutput] = [f.i32(), f.i32(), f.i32()];
  const [input, output, last, lastPosition] = [f.i32(), f.i32(), f.i32(), f.i32()];
  const vectorsOf = (numbers: number, taps: readonly WalkTap[]) => {
    const [vectors, left] = [Math.floor(numbers / 4), numbers % 4];
    const vector = () => {
      visit({ input, output, lanes: 4 }, taps);
      input.advance(16);
    };
    if (vectors === 1) {
      vector();
      output.advance(16);
    } else if (vectors > 1) {
      last.set(output.add(16 * vectors));
      f.unrolledUntil(output, last, 16, Math.min(vectors, copiesOf(taps.length)), vector);
    }
    if (left === 0) return;
    visit({ input, output, lanes: left }, taps);
    input.advance(4 * left);
    output.advance(4 * left);
  };
  const rowOf = ({ taps: rowTaps }: Run) => {
    for (const { first, count, period, from, step, taps: columnTaps } of columns) {
      const taps = rowTaps.flatMap((row) =>
        columnTaps.map((column) => ({ offset: row.distance * inputRow + column.distance * c * 4, row, column })),
      );
      input.set(firstInput.add(from * c * 4));
      output.set(firstOutput.add(first * c * 4));
      if (count === 1) vectorsOf(c, taps);
      // Neighbours all the way: one long row of numbers.
      else if (period === 1 && step === 1) vectorsOf(count * c, taps);
      else {
        lastPosition.set(output.add(count * period * c * 4));
        f.until(output, lastPosition, (period - 1) * c * 4, () => {
          vectorsOf(c, taps);
          input.advance((step - 1) * c * 4);
        });
      }
    }
  };
  const rowsFrom = ([run, ...others]: readonly Run[]) => {
    if (!run) return;
    const write = () => {
      const inputPosition = position.sub(run.first).div(run.period).mul(run.step).add(run.from);
      const imageRow = at.unit.div(walk.output.rows).mul(walk.input.rows);
      firstInput.set(at.input.add(imageRow.add(inputPosition).mul(inputRow)));
      rowOf(run);
    };
    if (others.length === 0) write();
    else f.if(isIn(run, position), write, () => rowsFrom(others));
  };
  f.for(at.unit, undefined, at.end, 1, () => {
    position.set(at.unit.rem(walk.output.rows));
    firstOutput.set(at.output.add(at.unit.mul(outputRow)));
    rowsFrom(rows);
  });
}

/** Whether a position is one of a run. */
function isIn({ first, count, period }: Run, position: I32): I32 {
  const distance = position.sub(first);
  const inRange = distance.less(count * period);
  return period === 1 ? inRange : inRange.and(distance.rem(period).equals(0));
}

/** How often the code of a vector is repeated, to spare looks at the end. More would only be longer. */
function copiesOf(taps: number): number {
  if (taps > 9) return 1;
  return taps > 4 ? 2 : 4;
}
