import { F64 } from "../../assembler/doubles.js";
import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";

/**
 * Runs statements with the row that an index names. A negative index counts from the end.
 *
 * @param address of the index, a float32
 * @param rows the number of rows
 * @param isRow gets the row
 * @param otherwise for an index that names no row
 */
export function rowOfIndex(
  f: FunctionBuilder,
  address: I32,
  rows: I32,
  isRow: (row: I32) => void,
  otherwise?: () => void,
): void {
  const index = f.f64(F64.loadFloat(address));
  index.set(index.add(F64.fromInteger(rows)).when(index.less(F64.of(0)), index));
  const row = f.i32(index.toInteger());
  f.if(F64.fromInteger(row).equals(index).and(row.less(rows)), () => isRow(row), otherwise);
}
