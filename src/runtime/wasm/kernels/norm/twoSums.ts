import { F64x2 } from "../../assembler/doubles.js";
import type { F64x2Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import type { Fold } from "../kit/fold.js";
import { storePairs } from "../kit/sums.js";

/** Four numbers of float64. */
export type FourDoubles = readonly [F64x2Variable, F64x2Variable];

export function fourDoubles(f: FunctionBuilder): FourDoubles {
  return [f.f64x2(), f.f64x2()];
}

/** Two sums of each of four columns, in float64. */
export abstract class TwoSums implements Fold<TwoSums> {
  protected readonly first: FourDoubles;
  protected readonly second: FourDoubles;

  constructor(protected readonly f: FunctionBuilder) {
    this.first = fourDoubles(f);
    this.second = fourDoubles(f);
  }

  start(outer: I32, column: I32 | undefined): void {
    for (const sum of [...this.first, ...this.second]) sum.set(F64x2.of(0));
    this.startAt(outer, column);
  }

  abstract take(address: I32, offset: number): void;
  abstract takeOne(address: I32): void;
  /** See `Fold.start`. */
  protected abstract startAt(outer: I32, column: I32 | undefined): void;

  join(other: TwoSums): void {
    for (const half of [0, 1] as const) {
      this.first[half].set(this.first[half].add(other.first[half]));
      this.second[half].set(this.second[half].add(other.second[half]));
    }
  }

  store(address: I32, offset: number, columns: number, apart: number): void {
    storePairs(this.f, address, this.first, columns, offset);
    storePairs(this.f, address, this.second, columns, offset + apart);
  }

  storeTotal(address: I32): void {
    for (const [i, [low, high]] of [this.first, this.second].entries()) {
      const pairs = low.add(high);
      this.f.store(address, pairs.lane(0).add(pairs.lane(1)), 8 * i);
    }
  }
}
