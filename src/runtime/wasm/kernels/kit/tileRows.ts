import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";

/**
 * The rows of a tile, as distances from its first row. If the tile overhangs, its last row takes the places of the rows
 * that do not exist: it is computed and stored several times.
 */
export class TileRows {
  /** Of the second row and those after it, in bytes. */
  readonly #distances: readonly I32Variable[];

  constructor(f: FunctionBuilder, rows: number) {
    this.#distances = Array.from({ length: rows - 1 }, () => f.i32());
  }

  /**
   * @param step the distance of neighbouring rows, in bytes
   * @param left the number of rows from the tile's first row on, at least 1
   */
  set(step: I32, left: I32): void {
    for (const [i, distance] of this.#distances.entries()) distance.set(step.mul(left.sub(1).min(i + 1)));
  }

  /** The address of a row. */
  of(row: number, firstRow: I32): I32 {
    const distance = this.#distances[row - 1];
    return distance ? firstRow.add(distance) : firstRow;
  }
}
