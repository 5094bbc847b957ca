import { type F64, F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { F64x2Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/values.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import type { MiddleAxis } from "./axes.js";
import { type Fold, type FoldKind, foldAxes, type StageForm } from "./fold.js";

// Sums in float64, as the reference adds. float64 has 29 bits more than float32, so the order of the terms changes
// nothing that a float32 shows, except in rare cases. Reading and adding pairs of numbers takes no longer than memory does.

/**
 * Sums along the axes of the stages, divided by `divisor`, rounded once.
 *
 * @param stages from `stagesOf`
 */
export function sumAxes(work: Work, stages: readonly MiddleAxis[], x: Span, y: Span, divisor = 1): void {
  foldAxes(work, SUM, stages, x, y, divisor);
}

const SUM: FoldKind<SumFold> = {
  name: "sum",
  partialSize: 2,
  create: (f, stage, divisor) => new SumFold(f, stage, divisor),
};

/** Four sums. */
class SumFold implements Fold<SumFold> {
  readonly #low: F64x2Variable;
  readonly #high: F64x2Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly stage: StageForm,
    private readonly divisor: F64,
  ) {
    this.#low = f.f64x2();
    this.#high = f.f64x2();
  }

  start(): void {
    this.#low.set(F64x2.of(0));
    this.#high.set(F64x2.of(0));
  }

  take(address: I32, offset: number): void {
    const { isNext } = this.stage;
    this.#low.set(this.#low.add(isNext ? F64x2.load(address, offset) : F64x2.loadFloats(address, offset)));
    this.#high.set(this.#high.add(isNext ? F64x2.load(address, offset + 16) : F64x2.loadFloats(address, offset + 8)));
  }

  takeOne(address: I32): void {
    this.#low.set(this.#low.add(this.stage.isNext ? F64x2.loadOne(address) : F64x2.loadFloat(address)));
  }

  join(other: SumFold): void {
    this.#low.set(this.#low.add(other.#low));
    this.#high.set(this.#high.add(other.#high));
  }

  store(address: I32, offset: number, columns: number): void {
    if (this.stage.isLast) {
      const divisor = F64x2.splatOf(this.divisor);
      this.f.storeLanes(address, roundedPairs(this.#low.div(divisor), this.#high.div(divisor)), columns, offset);
      return;
    }
    for (const [i, pair] of [this.#low, this.#high].entries()) {
      if (columns >= 2 * i + 2) this.f.store(address, pair, offset + 16 * i);
      else if (columns === 2 * i + 1) this.f.store(address, pair.lane(0), offset + 16 * i);
    }
  }

  storeTotal(address: I32): void {
    const pairs = this.#low.add(this.#high);
    const total: F64 = pairs.lane(0).add(pairs.lane(1));
    this.f.store(address, this.stage.isLast ? total.div(this.divisor).toF32() : total);
  }
}
