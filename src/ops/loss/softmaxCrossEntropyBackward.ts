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
 * The gradient of {@link softmaxCrossEntropy} with respect to the logits: (softmax · Σp − p) · dy, divided by N for the
 * mean. Here p is smoothed and weighted, so the sum Σp of a row may differ from 1. If the loss of a row is NaN, its
 * gradient is NaN. With `classWeights` and the mean over class numbers, an invalid class number makes all rows NaN,
 * because the sum of the weights is NaN.
 *
 * @param logits float32, the forward's `logits`
 * @param labels float32, the forward's `labels`
 * @param dy float32, the gradient of the forward's output: a scalar []; with reduction "none" [N]
 * @param options the forward's options
 * @returns dlogits, float32 [N, C]
 * @throws OptionError if an option is invalid; ShapeError if a shape does not fit logits [N, C]; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is C + 1, or C + log2 N + 2 for a weighted mean over class
 * numbers. (softmax · Σ|p| · (3 + |logits − m| + Σ softmax · |logits − m|) + |p|) · |dy| takes the place of Σ|terms|,
 * divided by N for the mean.
 *
 * @example
 * ```ts
 * const logits = backend.tensor([[0, 0, 0, 0]]);
 * const labels = backend.tensor([0]);
 * const dy = backend.full([], 1);
 * await softmaxCrossEntropyBackward(logits, labels, dy).read(); // ≈ [-0.75, 0.25, 0.25, 0.25]
 * await softmaxCrossEntropyBackward(logits, labels, dy, { labelSmoothing: 0.4 }).read(); // ≈ [-0.45, 0.15, 0.15, 0.15]
 * ```
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
