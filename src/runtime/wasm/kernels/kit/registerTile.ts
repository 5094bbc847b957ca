import type { F32x4Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { F32x4 } from "../../assembler/vectors.js";

/**
 * Sums of products in registers: some rows, each of some vectors of four columns. More than 8 vectors in all do not fit
 * the registers of an x86 processor, together with the factors.
 */
export class RegisterTile {
  /** By row, then by vector. */
  readonly sums: readonly (readonly F32x4Variable[])[];
  readonly #right: readonly F32x4Variable[];
  readonly #left: F32x4Variable;

  /** @param fused whether to use `relaxedMadd` */
  constructor(
    f: FunctionBuilder,
    rows: number,
    vectors: number,
    private readonly fused: boolean,
  ) {
    this.sums = Array.from({ length: rows }, () => f.vectors(vectors));
    this.#right = f.vectors(vectors);
    this.#left = f.f32x4();
  }

  /** Visits all sums, row by row. */
  forEach(visit: (sum: F32x4Variable, row: number, vector: number) => void): void {
    for (const [row, sums] of this.sums.entries()) {
      for (const [vector, sum] of sums.entries()) visit(sum, row, vector);
    }
  }

  set(initial: (row: number, vector: number) => F32x4): void {
    this.forEach((sum, row, vector) => {
      sum.set(initial(row, vector));
    });
  }

  /**
   * Adds left · right to each sum.
   *
   * @param left the factor of a row, in each lane
   * @param right the factors of a vector of columns
   */
  multiplyAdd(left: (row: number) => F32x4, right: (vector: number) => F32x4): void {
    for (const [vector, factor] of this.#right.entries()) factor.set(right(vector));
    for (const [row, sums] of this.sums.entries()) {
      this.#left.set(left(row));
      for (const [vector, factor] of this.#right.entries()) {
        const sum = sums[vector];
        sum?.set(this.fused ? this.#left.relaxedMadd(factor, sum) : sum.add(this.#left.mul(factor)));
      }
    }
  }
}
