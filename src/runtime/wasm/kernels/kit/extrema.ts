import type { F32x4Variable, FunctionBuilder, I32x4Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import type { MiddleAxis } from "./axes.js";
import { type Fold, type FoldKind, foldAxes } from "./fold.js";

export type Extremum = "max" | "min";

/**
 * The largest or the smallest along the axes of the stages. NaN if one of the values is NaN.
 *
 * @param stages from `stagesOf`
 */
export function extremeAxes(work: Work, extremum: Extremum, stages: readonly MiddleAxis[], x: Span, y: Span): void {
  foldAxes(work, kindOf(extremum), stages, { x, y });
}

function kindOf(extremum: Extremum): FoldKind<ExtremumFold> {
  return {
    name: extremum,
    sizes: { first: 1, next: 1 },
    columns: 16,
    create: (f) => new ExtremumFold(f, extremum),
  };
}

/** Four extrema. */
class ExtremumFold implements Fold<ExtremumFold> {
  readonly #best: F32x4Variable;
  /** Set in the lanes that have met a NaN. */
  readonly #nan: I32x4Variable;
  readonly #value: F32x4Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly extremum: Extremum,
  ) {
    this.#best = f.f32x4();
    this.#nan = f.i32x4();
    this.#value = f.f32x4();
  }

  start(): void {
    this.#best.set(F32x4.of(this.extremum === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY));
    this.#nan.set(this.#best.differs(this.#best));
  }

  take(address: I32, offset: number): void {
    this.#takeValue(F32x4.load(address, offset));
  }

  takeOne(address: I32): void {
    this.#takeValue(F32x4.splat(address));
  }

  join(other: ExtremumFold): void {
    this.#best.set(this.#better(this.#best, other.#best));
    this.#nan.set(this.#nan.or(other.#nan));
  }

  store(address: I32, offset: number, columns: number): void {
    this.f.storeLanes(address, this.#best.bits().or(this.#nan).asF32x4(), columns, offset);
  }

  storeTotal(address: I32): void {
    const swap = (lanes: readonly [number, number, number, number]) => {
      this.#best.set(this.#better(this.#best, this.#best.shuffle(this.#best, lanes)));
      const nan = this.#nan.asF32x4();
      this.#nan.set(this.#nan.or(nan.shuffle(nan, lanes).bits()));
    };
    swap([2, 3, 0, 1]);
    swap([1, 0, 3, 2]);
    this.f.storeLanes(address, this.#best.bits().or(this.#nan).asF32x4(), 1);
  }

  #takeValue(loaded: F32x4): void {
    const value = this.#value;
    value.set(loaded);
    this.#best.set(this.#better(this.#best, value));
    this.#nan.set(this.#nan.or(value.differs(value)));
  }

  #better(a: F32x4, b: F32x4): F32x4 {
    return this.extremum === "max" ? a.pseudoMax(b) : a.pseudoMin(b);
  }
}
