import softmaxCrossEntropyShader from "../../../shaders/loss/softmaxCrossEntropy.wgsl";
import { OptionError } from "../../core/errors.js";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchTotal } from "../kit/reduction.js";
import { readSoftmaxCrossEntropy, type SoftmaxCrossEntropyOptions } from "./options.js";
import { WORK_OF_ELEMENT } from "./softmax.js";
import { softmaxCrossEntropyBackward } from "./softmaxCrossEntropyBackward.js";
import { launchTargets } from "./targetWeights.js";

/**
 * The cross-entropy between labels and the softmax of logits, for each row: −Σ p · ln softmax(logits). It is computed
 * as Σ p · (ln Σ exp(logits − m) − (logits − m)), where m is the row's largest logit, so nothing overflows. The same as
 * PyTorch's `cross_entropy`, and as Keras's categorical cross-entropies with `from_logits`, also with `labelSmoothing`
 * and `classWeights`.
 *
 * An invalid class number (negative, fractional, NaN, C or more) makes the loss of its row NaN, and therefore the mean
 * and the sum, on every backend. No error is thrown, because the values are on the device. If a row of logits holds NaN
 * or +∞, its loss is NaN too. A logit of −∞ means that its class is impossible. A class whose probability or weight is
 * 0 adds nothing to the loss, for every value of its logit, as in TensorFlow.
 *
 * @param logits float32 [N, C]
 * @param labels float32: class numbers [N] from 0 to C − 1, or probabilities [N, C]
 * @param options `reduction`, `labelSmoothing` and `classWeights`, see {@link SoftmaxCrossEntropyOptions}
 * @returns float32: a scalar []; with reduction "none" [N]
 * @throws OptionError if an option is invalid; ShapeError if logits are not [N, C], or labels or class weights do not
 * fit them; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is C, or C + log2 N + 1 if rows are added, and Σ p · (3 + ln Σ
 * exp(logits − m) + |logits − m| + Σ softmax · |logits − m|) takes the place of Σ|terms|. This follows from the
 * accuracy that WGSL demands of `exp` and `log`.
 *
 * @example
 * ```ts
 * // Logits, not probabilities.
 * const logits = backend.tensor([[0, 0, 0, 0], [0, 0, 0, 2]]);
 * const labels = backend.tensor([0, 3]);
 * await softmaxCrossEntropy(logits, labels).read(); // ≈ [0.864]
 * await softmaxCrossEntropy(logits, labels, { reduction: "none" }).read(); // ≈ [1.39, 0.341]
 * ```
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor, options: SoftmaxCrossEntropyOptions = {}): Tensor {
  const operator = "softmaxCrossEntropy";
  const { classWeights } = options ?? {};
  checkTensors(operator, { logits, labels, classWeights }, ["classWeights"]);
  const g = readSoftmaxCrossEntropy(operator, logits, labels, options);
  const given = copyOptions(options);
  return execute({
    name: operator,
    inputs: { logits, labels, classWeights },
    outputs: { loss: g.reduction === "none" ? [g.n] : [] },
    gpu(launcher, { logits, labels, classWeights }, { loss }) {
      const targets = launchTargets(launcher, g, labels, classWeights);
      const oneClass = !g.probabilities && g.labelSmoothing === 0;
      const losses = loss.elements === g.n ? loss : launcher.workspace(g.n);
      launcher.forEachBatch(g.n, { logits, labels, losses }, (chunk, rows) =>
        launcher.launch({
          shader: softmaxCrossEntropyShader,
          constants: { ...targets.constants, ONE_CLASS: oneClass },
          params: targets.params,
          bindings: { ...chunk, ...targets.bindings },
          invocations: rows,
          work: rows * g.c * WORK_OF_ELEMENT,
        }),
      );
      if (losses !== loss) launchTotal(launcher, losses, loss);
    },
    cpu: (kernels, inputs, outputs) => kernels.softmaxCrossEntropy(g, inputs, outputs),
    terms: g.reduction === "none" ? g.c : g.c + Math.log2(g.n) + 1,
    backward({ inputs: { logits, labels, classWeights }, gradient, wants }) {
      for (const input of ["labels", "classWeights"] as const) {
        if (!wants(input)) continue;
        throw new OptionError(`${operator}: ${input} has no gradient; compute them outside of valueAndGradients`);
      }
      return { logits: softmaxCrossEntropyBackward(logits, labels, gradient("loss"), { ...given, classWeights }) };
    },
  }).loss;
}
