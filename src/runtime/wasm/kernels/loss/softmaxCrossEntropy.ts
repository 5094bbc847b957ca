import type { SoftmaxCrossEntropyAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { log } from "../kit/math.js";
import { keptSums, sumDoubles } from "../kit/sums.js";
import { firstOf, forRow, RowSum, SoftmaxRow, WORK_OF_EXPONENTIAL } from "./softmaxRow.js";
import { divisorOf, type TargetForm, Targets, targetFormOf } from "./targets.js";

/** Σ target · (ln Σ exp(x − m) − (x − m)) of each row, where m is its largest logit, or the sum or mean of the rows. */
export function softmaxCrossEntropy(
  work: Work,
  g: SoftmaxCrossEntropyAttributes,
  {
    logits,
    labels,
    classWeights,
  }: { readonly logits: Span; readonly labels: Span; readonly classWeights?: Span | undefined },
  { loss }: { readonly loss: Span },
): void {
  const isOfRow = g.reduction === "none";
  // Losses that are added are not rounded before: with small weights, they may be subnormal numbers.
  const losses = isOfRow ? loss : work.workspace(2 * g.n);
  const form: LossForm = { ...targetFormOf(g, classWeights), isOfRow };
  const program = work.program(`crossEntropy ${JSON.stringify(form)}`, (module) => writeRows(module, form));
  const args = [logits.address, labels.address, classWeights?.address ?? 0, losses.address];
  work.run(program.function("rows"), split(args, g.n, WORK_OF_EXPONENTIAL * g.c));
  if (isOfRow) return;
  const { count, weights } = divisorOf(work, g, labels, classWeights);
  const rows = { outer: 1, length: g.n, inner: 1 };
  if (!weights) {
    sumDoubles(work, rows, losses, loss, count);
    return;
  }
  const quotient = work.program("quotient", (module) =>
    module.function("quotient", ["a", "b", "y"], (f, { a, b, y }) => {
      f.store(y, F64.load(a).div(F64.loadFloat(b)).toF32());
    }),
  );
  work.run(quotient.function("quotient"), [[keptSums(work, rows, losses).address, weights.address, loss.address]]);
}

interface LossForm extends TargetForm {
  /** Whether the losses of the rows are results, in float32. If not, they are added, and are in float64. */
  readonly isOfRow: boolean;
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder, form: LossForm): void {
  const { c, isOfRow } = form;
  module.function(
    "rows",
    ["logits", "labels", "classWeights", "losses", "row", "end"],
    (f, { logits, labels, classWeights, losses, row, end }) => {
      const at = f.i32();
      const [logOfSum, target, term] = [f.f32x4(), f.f32x4(), f.f32x4()];
      const [loss, weight] = [f.f64(), f.f64()];
      const softmaxRow = new SoftmaxRow(f, c);
      const targets = new Targets(f, form, labels, classWeights);
      const sums = new RowSum(f);
      const distance = (logit: F32x4) => logOfSum.sub(logit.sub(softmaxRow.largest));
      const lossOfClass = () => {
        const logit = F32x4.splat(logits.add(targets.class.mul(4)));
        weight.set(F64.from(targets.weightOfLabel()));
        loss.set(F64.from(distance(logit).lane(0)).mul(weight));
        loss.set(F64.of(0).when(weight.equals(F64.of(0)), loss));
      };
      const lossOfTargets = () => {
        sums.start();
        targets.start(row);
        forRow(f, c, at, logits, (count) => {
          target.set(firstOf(targets.next(), count));
          // A target of 0 adds nothing, also if its logit is −∞.
          term.set(target.mul(distance(F32x4.load(at))).whereNot(target.equals(F32x4.of(0))));
          sums.add(term);
        });
        loss.set(sums.total());
      };
      logits.advance(row.mul(4 * c));
      f.for(row, undefined, end, 1, () => {
        softmaxRow.read(logits);
        logOfSum.set(log(f, softmaxRow.roundedSum()));
        targets.readLabel(row);
        if (targets.areSingle) lossOfClass();
        else lossOfTargets();
        // A row that is NaN stays NaN, even if all its targets are 0.
        loss.set(loss.when(softmaxRow.sum.equals(softmaxRow.sum).and(targets.isKnown), F64.of(Number.NaN)));
        if (isOfRow) f.store(losses.add(row.mul(4)), loss.toF32());
        else f.store(losses.add(row.mul(8)), loss);
        logits.advance(4 * c);
      });
    },
  );
}
