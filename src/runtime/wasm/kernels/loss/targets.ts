import type { SoftmaxCrossEntropyAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { F32x4Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import { F32, type I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumAxes } from "../kit/sums.js";

/** The multiply-adds that take as long as one row. */
const WORK_OF_ROW = 40;

/** What the targets of rows depend on, besides memory. It is a part of a program's key. */
export interface TargetForm {
  readonly c: number;
  readonly probabilities: boolean;
  readonly labelSmoothing: number;
  readonly isWeighted: boolean;
}

export function targetFormOf(
  { c, probabilities, labelSmoothing }: SoftmaxCrossEntropyAttributes,
  classWeights: Span | undefined,
): TargetForm {
  return { c, probabilities, labelSmoothing, isWeighted: classWeights !== undefined };
}

/**
 * The targets of a row, four at a time: (p · (1 − labelSmoothing) + labelSmoothing / c) · weight, where p is the label's
 * probability, or 1 for the label's class and 0 for others. If the first factor is 0, the target is 0 for every weight,
 * even NaN.
 */
export class Targets {
  readonly #form: TargetForm;
  readonly #label: F32x4Variable;
  readonly #classes: F32x4Variable;
  readonly #place: I32Variable;
  readonly #isKnown: I32Variable;
  readonly #class: I32Variable;

  /**
   * @param labels the address of the labels
   * @param classWeights the address of the weights, if there are any
   */
  constructor(
    private readonly f: FunctionBuilder,
    form: TargetForm,
    private readonly labels: I32,
    private readonly classWeights: I32,
  ) {
    this.#form = form;
    this.#label = f.f32x4();
    this.#classes = f.f32x4();
    this.#place = f.i32();
    this.#isKnown = f.i32();
    this.#class = f.i32();
  }

  /** Whether only the label's class has a target that is not 0. */
  get areSingle(): boolean {
    return !this.#form.probabilities && this.#form.labelSmoothing === 0;
  }

  /** 1 if the label is a class, 0 if not. Always 1 for probabilities. */
  get isKnown(): I32 {
    return this.#isKnown;
  }

  /** The label's class, or 0 if it is none. */
  get class(): I32 {
    return this.#class;
  }

  /** Reads the label of a row. */
  readLabel(row: I32): void {
    const { c, probabilities } = this.#form;
    this.#isKnown.set(1);
    if (probabilities) return;
    const label = F32.load(this.labels.add(row.mul(4)));
    this.#label.set(F32x4.splatOf(label));
    this.#class.set(F64.from(label).toInteger());
    this.#isKnown.set(this.#class.toF32().equals(label).and(this.#class.less(c)));
    this.#class.set(this.#class.when(this.#isKnown, 0));
  }

  /** The weight of the label's class. */
  weightOfLabel(): F32 {
    if (!this.#form.isWeighted) return F32.of(1);
    return F32.load(this.classWeights.add(this.#class.mul(4)));
  }

  /** Goes to the first targets of a row. */
  start(row: I32): void {
    if (this.#form.probabilities) this.#place.set(this.labels.add(row.mul(4 * this.#form.c)));
    this.#classes.set(F32x4.ofLanes([0, 1, 2, 3]));
    this.#class.set(0);
  }

  /** The next four targets. It is called once for each four, from the first on. */
  next(): F32x4 {
    const { c, probabilities, labelSmoothing, isWeighted } = this.#form;
    const one = F32x4.of(1);
    const plain = probabilities ? F32x4.load(this.#place) : one.where(this.#classes.equals(this.#label));
    const kept = labelSmoothing === 0 ? plain : plain.mul(F32x4.of(1 - labelSmoothing));
    const targets = this.f.f32x4(labelSmoothing === 0 ? kept : kept.add(F32x4.of(labelSmoothing / c)));
    if (isWeighted) {
      const weights = F32x4.load(this.classWeights.add(this.#class.mul(4)));
      targets.set(targets.mul(weights).whereNot(targets.equals(F32x4.of(0))));
    }
    if (probabilities) this.#place.advance(16);
    this.#classes.set(this.#classes.add(F32x4.of(4)));
    this.#class.advance(4);
    return targets;
  }
}

/** A number that a sum of rows is divided by: as a number, or as the address of one, or both. */
export interface Divisor {
  readonly count: number;
  /** The sum of the weights of the labels' classes. NaN if a label is no class. */
  readonly weights?: Span;
}

/** The divisor of the mean. 1 if there is no mean. */
export function divisorOf(
  work: Work,
  g: SoftmaxCrossEntropyAttributes,
  labels: Span,
  classWeights: Span | undefined,
): Divisor {
  if (g.reduction !== "mean") return { count: 1 };
  if (g.probabilities || !classWeights) return { count: g.n };
  const form = targetFormOf(g, classWeights);
  const [weights, sum] = [work.workspace(g.n), work.workspace(1)];
  const program = work.program(`weightsOfLabels ${g.c}`, (module) =>
    module.function("rows", ["labels", "classWeights", "weights", "row", "end"], (f, p) => {
      const targets = new Targets(f, form, p.labels, p.classWeights);
      f.for(p.row, undefined, p.end, 1, () => {
        targets.readLabel(p.row);
        f.store(p.weights.add(p.row.mul(4)), targets.weightOfLabel().when(targets.isKnown, F32.of(Number.NaN)));
      });
    }),
  );
  work.run(program.function("rows"), split([labels.address, classWeights.address, weights.address], g.n, WORK_OF_ROW));
  sumAxes(work, [{ outer: 1, length: g.n, inner: 1 }], weights, sum);
  return { count: 1, weights: sum };
}
