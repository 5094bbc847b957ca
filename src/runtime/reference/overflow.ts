/**
 * The magnitude of a result. It is infinite if an intermediate result overflows float32, because there is no bound
 * then. For a sum, the intermediate result to give is Σ|terms|: no order of the terms exceeds it.
 */
export function unlessOverflow(intermediates: number | readonly number[], magnitude: number): number {
  const overflows =
    typeof intermediates === "number"
      ? Math.abs(intermediates) > LARGEST
      : intermediates.some((value) => Math.abs(value) > LARGEST);
  return overflows ? Number.POSITIVE_INFINITY : magnitude;
}

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * Σ|terms| of elements that are summed row by row, where each row's sum is then multiplied by a weight. It is infinite if
 * the sum of a row overflows. The terms come row by row.
 */
export class RowSums {
  readonly magnitudes: Float64Array;
  readonly #row: Float64Array;
  readonly #ofRow: Float64Array;

  constructor(elements: number) {
    this.magnitudes = new Float64Array(elements);
    this.#row = new Float64Array(elements).fill(-1);
    this.#ofRow = new Float64Array(elements);
  }

  /**
   * @param weight of the row and of the column
   * @param ofColumn the part of it that belongs to the column
   */
  add(element: number, row: number, weight: number, ofColumn: number, size: number): void {
    const before = this.#row[element] === row ? this.#ofRow[element]! : 0;
    this.#row[element] = row;
    this.#ofRow[element] = before + ofColumn * size;
    const magnitude = this.magnitudes[element]! + weight * size;
    this.magnitudes[element] = unlessOverflow(this.#ofRow[element]!, magnitude);
  }
}
