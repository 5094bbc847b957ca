import { type F64, F64x2 } from "../../assembler/doubles.js";
import type {
  F32x4Variable,
  F64Variable,
  F64x2Variable,
  FunctionBuilder,
  I32Variable,
} from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4, type Lanes } from "../../assembler/vectors.js";
import { exp } from "../kit/math.js";

// Rows of c neighbouring values, four at a time.

/** The multiply-adds that take as long as one element. */
export const WORK_OF_EXPONENTIAL = 20;

/**
 * Runs statements for each four values of a row, and for the rest.
 *
 * @param at gets the addresses
 * @param body gets the number of values, 4 or fewer
 */
export function forRow(f: FunctionBuilder, c: number, at: I32Variable, row: I32, body: (count: number) => void): void {
  const last = f.i32();
  at.set(row);
  if (c >= 4) {
    last.set(at.add(16 * Math.floor(c / 4)));
    f.until(at, last, 16, () => body(4));
  }
  if (c % 4 > 0) body(c % 4);
}

/** The first `count` of four values, and 0 or another value in place of the others. */
export function firstOf(x: F32x4, count: number, otherwise = 0): F32x4 {
  if (count === 4) return x;
  const lanes: Lanes = [-1, count > 1 ? -1 : 0, count > 2 ? -1 : 0, 0];
  const mask = I32x4.ofLanes(lanes);
  return otherwise === 0 ? x.where(mask) : x.select(mask, F32x4.of(otherwise));
}

/** A sum in float64 of vectors of float32. */
export class RowSum {
  readonly #low: F64x2Variable;
  readonly #high: F64x2Variable;

  constructor(f: FunctionBuilder) {
    this.#low = f.f64x2();
    this.#high = f.f64x2();
  }

  start(): void {
    this.#low.set(F64x2.of(0));
    this.#high.set(F64x2.of(0));
  }

  /** @param x a variable */
  add(x: F32x4): void {
    this.addPairs(F64x2.fromLow(x), F64x2.fromLow(x.shuffle(x, [2, 3, 2, 3])));
  }

  addPairs(low: F64x2, high: F64x2): void {
    this.#low.set(this.#low.add(low));
    this.#high.set(this.#high.add(high));
  }

  total(): F64 {
    const [low, high] = [this.#low, this.#high];
    return low
      .lane(0)
      .add(low.lane(1))
      .add(high.lane(0).add(high.lane(1)));
  }
}

/** The largest value m of a row, and Σ exp(x − m). The sum is NaN if a value is NaN or +∞, or if all are −∞. */
export class SoftmaxRow {
  /** In each lane. */
  readonly largest: F32x4Variable;
  readonly sum: F64Variable;
  readonly #at: I32Variable;
  readonly #power: F32x4Variable;
  readonly #sums: RowSum;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly c: number,
  ) {
    this.largest = f.f32x4();
    this.sum = f.f64();
    this.#at = f.i32();
    this.#power = f.f32x4();
    this.#sums = new RowSum(f);
  }

  /**
   * @param row the address of the row
   * @param toPowers the bytes from the row to the place that gets exp(x − m). Nothing is stored if it is left out
   */
  read(row: I32, toPowers?: I32): void {
    const { f, c, largest } = this;
    const [at, power] = [this.#at, this.#power];
    largest.set(F32x4.of(Number.NEGATIVE_INFINITY));
    forRow(f, c, at, row, (count) => {
      largest.set(largest.pseudoMax(firstOf(F32x4.load(at), count, Number.NEGATIVE_INFINITY)));
    });
    largest.set(largest.pseudoMax(largest.shuffle(largest, [2, 3, 0, 1])));
    largest.set(largest.pseudoMax(largest.shuffle(largest, [1, 0, 3, 2])));
    this.#sums.start();
    forRow(f, c, at, row, (count) => {
      power.set(firstOf(exp(f, F32x4.load(at).sub(largest)), count));
      if (toPowers) f.storeLanes(at.add(toPowers), power, count);
      this.#sums.add(power);
    });
    this.sum.set(this.#sums.total());
  }

  /** The sum, rounded, in each lane. */
  roundedSum(): F32x4 {
    return F32x4.splatOf(this.sum.toF32());
  }
}
