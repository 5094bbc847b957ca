import { F64, F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { F64x2Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import type { MiddleAxis } from "./axes.js";
import { type Fold, type FoldKind, foldAxes, foldSlices, rowsOfSlice, type StageForm } from "./fold.js";

// Sums in float64, as the reference adds. float64 has 29 bits more than float32, so the order of the terms changes
// nothing that a float32 shows, except in rare cases. Reading and adding pairs of numbers takes no longer than memory does.

/**
 * Sums along the axes of the stages, divided by `divisor`, rounded once.
 *
 * @param stages from `stagesOf`
 */
export function sumAxes(work: Work, stages: readonly MiddleAxis[], x: Span, y: Span, divisor = 1): void {
  foldAxes(work, SUM, stages, { x, y, divisor });
}

/** The same for x in float64. */
export function sumDoubles(work: Work, axis: MiddleAxis, x: Span, y: Span, divisor = 1): void {
  foldAxes(work, SUM, [axis], { x, y, divisor, isNext: true });
}

/** The sums of x in float64, in float64 [outer, inner]. */
export function keptSums(work: Work, axis: MiddleAxis, x: Span): Span {
  const sums = work.workspace(2 * axis.outer * axis.inner);
  foldAxes(work, SUM, [axis], { x, y: sums, isNext: true, isPartial: true });
  return sums;
}

/**
 * Sums along one axis of terms that a kind makes of the elements.
 *
 * @param kind its stages are never the last
 * @param further the values of the kind's further parameters
 * @returns float64 [outer, results, inner]
 */
export function sumTerms<F extends Fold<F>>(
  work: Work,
  kind: FoldKind<F>,
  axis: MiddleAxis,
  x: Span,
  further: readonly number[] = [],
): Span {
  const rows = rowsOfSlice(axis);
  const slices = Math.ceil(axis.length / rows);
  const inner = (kind.results ?? 1) * axis.inner;
  const parts = work.workspace(2 * axis.outer * slices * inner);
  foldSlices(work, kind, { isNext: false, isLast: false }, { ...axis, rows }, { from: x, to: parts }, further);
  if (slices === 1) return parts;
  return keptSums(work, { outer: axis.outer, length: slices, inner }, parts);
}

const SUM: FoldKind<SumFold> = {
  name: "sum",
  sizes: { first: 1, next: 2 },
  columns: 16,
  create: (f, form, parameter) => new SumFold(f, form, F64.fromInteger(parameter("divisor"))),
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
    storePairs(this.f, address, [this.#low, this.#high], columns, offset);
  }

  storeTotal(address: I32): void {
    const pairs = this.#low.add(this.#high);
    const total: F64 = pairs.lane(0).add(pairs.lane(1));
    this.f.store(address, this.stage.isLast ? total.div(this.divisor).toF32() : total);
  }
}

/** Stores the first `count` of four float64. */
export function storePairs(
  f: FunctionBuilder,
  address: I32,
  pairs: readonly F64x2[],
  count: number,
  offset: number,
): void {
  for (const [i, pair] of pairs.entries()) {
    if (count >= 2 * i + 2) f.store(address, pair, offset + 16 * i);
    else if (count === 2 * i + 1) f.store(address, pair.lane(0), offset + 16 * i);
  }
}
