import { F64x2 } from "../../assembler/doubles.js";
import type { F64x2Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import { F32x4, type I32 } from "../../assembler/values.js";
import type { Fold, FoldKind } from "../kit/fold.js";
import { storePairs } from "../kit/sums.js";

/**
 * Σ d and Σ d² of x [outer, length, inner] along `length`, with d = x − pivot. The pivot is the first value of the
 * column, or 0 if that is not finite.
 *
 * So one pass is enough for an accurate variance. The pivot is one of the n values. Its distance from the mean is
 * therefore at most √n standard deviations, and the difference of Σ d² / n and (Σ d / n)² loses no more digits than n
 * has. float64 has 29 more than float32.
 */
export const MOMENTS: FoldKind<MomentFold> = {
  name: "moments",
  sizes: { first: 1, next: 2 },
  results: 2,
  columns: 8,
  create: (f, _form, parameter) => new MomentFold(f, parameter),
};

/** The pivots of four columns, from the values of the first row at `address`. */
export function pivotsAt(value: F32x4): F32x4 {
  // The difference is NaN if the value is infinite.
  return value.where(value.sub(value).equals(F32x4.of(0)));
}

class MomentFold implements Fold<MomentFold> {
  readonly #pivot: readonly [F64x2Variable, F64x2Variable];
  readonly #sums: readonly [F64x2Variable, F64x2Variable];
  readonly #squares: readonly [F64x2Variable, F64x2Variable];
  readonly #distance: F64x2Variable;
  readonly #values: F32x4Variables;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly parameter: (name: string) => I32,
  ) {
    const two = () => [f.f64x2(), f.f64x2()] as const;
    this.#pivot = two();
    this.#sums = two();
    this.#squares = two();
    this.#distance = f.f64x2();
    this.#values = f.f32x4();
  }

  start(outer: I32, column: I32 | undefined): void {
    const inner = this.inner;
  }
}
