import { F64x2 } from "../../assembler/doubles.js";
import type { F64x2Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { FoldKind } from "../kit/fold.js";
import { type FourDoubles, fourDoubles, TwoSums } from "./twoSums.js";

/**
 * Σ d and Σ d² of x [outer, length, inner] along `length`, with d = x − pivot. The pivot is the first value of the
 * column, or 0 if that is not finite.
 *
 * So one pass is enough for an accurate variance. The pivot is one of the n values. Its distance from the mean is
 * therefore at most √n standard deviations, and the difference of Σ d² / n and (Σ d / n)² loses no more digits than n
 * has. float64 has 29 bits more than float32.
 */
export const MOMENTS: FoldKind<MomentFold> = {
  name: "moments",
  sizes: { first: 1, next: 2 },
  results: 2,
  columns: 8,
  create: (f, { inner }, parameter) => new MomentFold(f, inner, parameter),
};

/** The pivots of columns whose first values are given. */
export function pivotsOf(firstValues: F32x4): F32x4 {
  // The difference is NaN if the value is infinite.
  return firstValues.where(firstValues.sub(firstValues).equals(F32x4.of(0)));
}

class MomentFold extends TwoSums {
  readonly #pivot: FourDoubles;
  readonly #distance: F64x2Variable;

  constructor(
    f: FunctionBuilder,
    private readonly inner: number,
    private readonly parameter: (name: string) => I32,
  ) {
    super(f);
    this.#pivot = fourDoubles(f);
    this.#distance = f.f64x2();
  }

  protected startAt(outer: I32, column: I32 | undefined): void {
    const first = outer.mul(this.parameter("length")).mul(this.inner);
    const address = this.parameter("x").add(first.add(column ?? 0).mul(4));
    const pivot = this.f.f32x4(pivotsOf(column ? F32x4.load(address) : F32x4.splat(address)));
    this.#pivot[0].set(F64x2.fromLow(pivot));
    this.#pivot[1].set(F64x2.fromLow(pivot.shuffle(pivot, [2, 3, 2, 3])));
  }

  take(address: I32, offset: number): void {
    for (const half of [0, 1] as const) {
      this.#distance.set(F64x2.loadFloats(address, offset + 8 * half).sub(this.#pivot[half]));
      this.#add(half);
    }
  }

  takeOne(address: I32): void {
    // The second lane stays 0.
    const pivot = F64x2.of(0).withLane(0, this.#pivot[0].lane(0));
    this.#distance.set(F64x2.loadFloat(address).sub(pivot));
    this.#add(0);
  }

  #add(half: 0 | 1): void {
    this.first[half].set(this.first[half].add(this.#distance));
    this.second[half].set(this.second[half].add(this.#distance.mul(this.#distance)));
  }
}
