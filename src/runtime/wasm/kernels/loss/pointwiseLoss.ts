import type { PointwiseLossAttributes } from "../../../../core/attributes.js";
import { F64, F64x2 } from "../../assembler/doubles.js";
import type { F32x4Variable, F64x2Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { keyOf, runElements, writeElements } from "../kit/elements.js";
import type { Fold, FoldKind } from "../kit/fold.js";
import { storePairs, sumDoubles, sumTerms } from "../kit/sums.js";
import { lossFormulaOf } from "./lossFormulas.js";

/** The losses of all elements by one formula, or their sum or mean. */
export function pointwiseLoss(
  work: Work,
  { name, numbers, reduction }: PointwiseLossAttributes,
  { predictions, targets }: { readonly predictions: Span; readonly targets: Span },
  { loss }: { readonly loss: Span },
): void {
  const key = `${name} ${keyOf(numbers)}`;
  const { value } = lossFormulaOf(name);
  if (reduction === "none") {
    const program = work.program(`loss ${key}`, (module) =>
      writeElements(module, { inputs: ["p", "t"], outputs: ["loss"] }, (f) => ({ p, t }) => ({
        loss: value(f, p, t, numbers),
      })),
    );
    runElements(work, program, [predictions, targets, loss], loss.elements);
    return;
  }
  const axis = { outer: 1, length: predictions.elements, inner: 1 };
  const kind = lossKind(key, (f, p, t) => value(f, p, t, numbers));
  const total = sumTerms(work, kind, axis, predictions, [targets.address]);
  const divisor = reduction === "mean" ? predictions.elements : 1;
  sumDoubles(work, { outer: 1, length: 1, inner: 1 }, total, loss, divisor);
}

type Loss = (f: FunctionBuilder, p: F32x4Variable, t: F32x4Variable) => F32x4;

function lossKind(key: string, loss: Loss): FoldKind<LossFold> {
  return {
    name: `loss ${key}`,
    sizes: { first: 1, next: 2 },
    columns: 8,
    parameters: ["targets"],
    create: (f, _, parameter) => new LossFold(f, loss, parameter),
  };
}

/** Sums of losses. x is the predictions. */
class LossFold implements Fold<LossFold> {
  readonly #sums: readonly [F64x2Variable, F64x2Variable];
  readonly #loss: F32x4Variable;
  /** The bytes from the predictions to the targets. */
  readonly #toTargets: I32Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly loss: Loss,
    parameter: (name: string) => I32,
  ) {
    this.#sums = [f.f64x2(), f.f64x2()];
    this.#loss = f.f32x4();
    this.#toTargets = f.i32(parameter("targets").sub(parameter("x")));
  }

  start(): void {
    for (const sum of this.#sums) sum.set(F64x2.of(0));
  }

  take(address: I32, offset: number): void {
    const loss = this.#lossOf(F32x4.load(address, offset), F32x4.load(address.add(this.#toTargets), offset));
    this.#add(0, F64x2.fromLow(loss));
    this.#add(1, F64x2.fromLow(loss.shuffle(loss, [2, 3, 2, 3])));
  }

  takeOne(address: I32): void {
    const loss = this.#lossOf(F32x4.splat(address), F32x4.splat(address.add(this.#toTargets)));
    this.#add(0, F64x2.of(0).withLane(0, F64.from(loss.lane(0))));
  }

  join(other: LossFold): void {
    this.#add(0, other.#sums[0]);
    this.#add(1, other.#sums[1]);
  }

  store(address: I32, offset: number, columns: number): void {
    storePairs(this.f, address, this.#sums, columns, offset);
  }

  storeTotal(address: I32): void {
    const pairs = this.#sums[0].add(this.#sums[1]);
    this.f.store(address, pairs.lane(0).add(pairs.lane(1)));
  }

  #lossOf(p: F32x4, t: F32x4): F32x4Variable {
    this.#loss.set(this.loss(this.f, this.f.f32x4(p), this.f.f32x4(t)));
    return this.#loss;
  }

  #add(half: 0 | 1, terms: F64x2): void {
    this.#sums[half].set(this.#sums[half].add(terms));
  }
}
