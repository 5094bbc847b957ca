import type { SoftmaxCrossEntropyAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { firstOf, forRow, RowSum, SoftmaxRow, WORK_OF_EXPONENTIAL } from "./softmaxRow.js";
import { divisorOf, type TargetForm, Targets, targetFormOf } from "./targets.js";

/** dlogits = (softmax · Σ target − target) · dy / the divisor of the mean. */
export function softmaxCrossEntropyBackward(
  work: Work,
  g: SoftmaxCrossEntropyAttributes,
  {
    logits,
    labels,
    dy,
    classWeights,
  }: { readonly logits: Span; readonly labels: Span; readonly dy: Span; readonly classWeights?: Span | undefined },
  { dlogits }: { readonly dlogits: Span },
): void {
  const { count, weights } = divisorOf(work, g, labels, classWeights);
  const form: GradientForm = {
    ...targetFormOf(g, classWeights),
    isOfRow: g.reduction === "none",
    hasWeightedMean: weights !== undefined,
  };
  const program = work.program(`crossEntropyBackward ${JSON.stringify(form)}`, (module) => writeRows(module, form));
  const spans = [logits, labels, classWeights, dy, weights, dlogits];
  const args = [...spans.map((span) => span?.address ?? 0), count];
  work.run(program.function("rows"), split(args, g.n, WORK_OF_EXPONENTIAL * g.c));
}

interface GradientForm extends TargetForm {
  /** Whether each row has a dy of its own. */
  readonly isOfRow: boolean;
  readonly hasWeightedMean: boolean;
}

/** The rows from `row` up to `end`. */
function writeRows(module: ModuleBuilder, form: GradientForm): void {
  const { c, isOfRow, hasWeightedMean } = form;
  module.function(
    "rows",
    ["logits", "labels", "classWeights", "dy", "weights", "dlogits", "divisor", "row", "end"],
    (f, { logits, labels, classWeights, dy, weights, dlogits, divisor, row, end }) => {
      const [toResult, at, to] = [f.i32(dlogits.sub(logits)), f.i32(), f.i32()];
      const [target, factor, slope] = [f.f32x4(), f.f32x4(), f.f32x4()];
      const softmaxRow = new SoftmaxRow(f, c);
      const targets = new Targets(f, form, labels, classWeights);
      const sums = new RowSum(f);
      const count = f.f64(hasWeightedMean ? F64.loadFloat(weights) : F64.fromInteger(divisor));
      logits.advance(row.mul(4 * c));
      f.for(row, undefined, end, 1, () => {
        // dlogits holds the exponentials until their sum is known.
        softmaxRow.read(logits, toResult);
        targets.readLabel(row);
        sums.start();
        targets.start(row);
        forRow(f, c, at, logits, (lanes) => {
          target.set(firstOf(targets.next(), lanes));
          sums.add(target);
        });
        const share = sums.total().div(softmaxRow.sum).when(targets.isKnown, F64.of(Number.NaN));
        factor.set(F32x4.splatOf(share.toF32()));
        slope.set(
          F32x4.splatOf(
            F64.loadFloat(isOfRow ? dy.add(row.mul(4)) : dy)
              .div(count)
              .toF32(),
          ),
        );
        targets.start(row);
        forRow(f, c, at, logits, (lanes) => {
          target.set(targets.next());
          to.set(at.add(toResult));
          f.storeLanes(to, F32x4.load(to).mul(factor).sub(target).mul(slope), lanes);
        });
        logits.advance(4 * c);
      });
    },
  );
}
