import softmaxCrossEntropyBackwardShader from "../../../shaders/loss/softmaxCrossEntropyBackward.wgsl";
import { ShapeError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import type { Bindable } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { readSoftmaxCrossEntropy, type SoftmaxCrossEntropyOptions } from "./options.js";
import { WORK_OF_ELEMENT } from "./softmax.js";
import { launchTargets } from "./targetWeights.js";

/**
 * The gradient of `softmaxCrossEntropy` with respect to the logits: (softmax · Σp − p) · dy, over N for the mean, where p
 * has been smoothed and weighted. The sum Σp of a row need not be 1. If the forward's row is NaN, so is this row. With
 * `classWeights` and the mean over class numbers, an invalid class number makes all rows NaN, because the sum of the
 * weights is.
 *
 * The error bound has K = C + 1, or C + log2 N + 2 for a weighted mean over class numbers, and (softmax · Σ|p| · (3 +
 * |logits − m| + Σ softmax · |logits − m|) + |p|) · |dy|, over N for the mean, in place of Σ|terms|.
 *
 * @param logits the forward's `logits`
 * @param labels the forward's `labels`
 * @param dy the gradient of the forward's output: a scalar [], with "none" [N]
 * @param options the forward's options
 * @returns dlogits [N, C]
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function softmaxCrossEntropyBackward(
  logits: Tensor,
  labels: Tensor,
  dy: Tensor,
  options: SoftmaxCrossEntropyOptions = {},
): Tensor {
  const operator = "softmaxCrossEntropyBackward";
  const { classWeights } = options ?? {};
  checkTensors(operator, { logits, labels, dy, classWeights }, ["classWeights"]);
  const g = readSoftmaxCrossEntropy(operator, logits, labels, options);
  const perRow = g.reduction === "none";
  const expected = perRow ? [g.n] : [];
  if (!sameShape(dy.shape, expected)) {
    throw new ShapeError(
      `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${expected.join(", ")}] (reduction "${g.reduction}")`,
    );
  }
  return execute({
    name: operator,
    inputs: { logits, labels, dy, classWeights },
    outputs: { dlogits: [g.n, g.c] },
    gpu(launcher, { logits, labels, dy, classWeights }, { dlogits }) {
      const targets = launchTargets(launcher, g, labels, classWeights);
      const launch = (rows: number, bindings: Readonly<Record<string, Bindable>>) =>
        launcher.launch({
          shader: softmaxCrossEntropyBackwardShader,
          constants: { ...targets.constants, PER_ROW: perRow },
          params: targets.params,
          bindings: { ...bindings, ...targets.bindings },
          invocations: rows,
          work: rows * g.c * WORK_OF_ELEMENT,
        });
      const rowwise = { logits, labels, dlogits };
      if (perRow) launcher.forEachBatch(g.n, { ...rowwise, dy }, (chunk, rows) => launch(rows, chunk));
      else launcher.forEachBatch(g.n, rowwise, (chunk, rows) => launch(rows, { ...chunk, dy }));
    },
    cpu: (kernels, inputs, outputs) => kernels.softmaxCrossEntropyBackward(g, inputs, outputs),
    terms: classWeights && g.reduction === "mean" && !g.probabilities ? g.c + Math.log2(g.n) + 2 : g.c + 1,
  }).dlogits;
}
