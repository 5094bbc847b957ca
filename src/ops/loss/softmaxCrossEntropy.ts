import softmaxCrossEntropyShader from "../../../shaders/loss/softmaxCrossEntropy.wgsl";
import { OptionError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { launchSliced } from "../kit/slices.js";
import { readSoftmaxCrossEntropy, type SoftmaxCrossEntropyOptions } from "./options.js";
import { slicesOfLoss } from "./plan.js";
import { WORK_OF_ELEMENT } from "./softmax.js";
import { softmaxCrossEntropyBackward } from "./softmaxCrossEntropyBackward.js";

/**
 * The cross-entropy of labels against the softmax of logits, row by row: −Σ p · ln softmax(logits). It is computed as Σ
 * p · (ln Σ exp(logits − m) − (logits − m)), where m is the row's largest logit, so nothing overflows. The same as
 * PyTorch's `cross_entropy` and Keras's categorical cross-entropies `from_logits`.
 *
 * An invalid class number (negative, fractional, NaN, C or more) makes its row's loss NaN, and so the mean and the sum.
 * It throws no error, because the values are on the device. NaN or +∞ among a row's logits has the same effect. A logit
 * of −∞ means that its class is impossible. A class of probability 0 adds nothing to the loss, as in TensorFlow, whatever
 * its logit is.
 *
 * The error bound has K = C, or C + N if rows are added, and Σ p · (3 + ln Σ exp(logits − m) + |logits − m| + Σ softmax
 * · |logits − m|) in place of Σ|terms|. It follows from WGSL's accuracies of `exp` and `log`.
 *
 * @param logits float32 [N, C]
 * @param labels float32: class numbers [N], from 0 to C − 1, or probabilities [N, C]
 * @returns a scalar []; with "none" [N]
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor, options: SoftmaxCrossEntropyOptions = {}): Tensor {
  checkTensors("softmaxCrossEntropy", { logits, labels });
  const g = readSoftmaxCrossEntropy("softmaxCrossEntropy", logits, labels, options);
  return execute({
    name: "softmaxCrossEntropy",
    inputs: { logits, labels },
    outputs: { loss: g.reduction === "none" ? [g.n] : [] },
    gpu(launcher, inputs, { loss }) {
      const kernel = {
        shader: softmaxCrossEntropyShader,
        constants: { FOURS: lanesFor(g.c) === 4, PROBABILITIES: g.probabilities },
      };
      const params = { c: g.c, scale: g.reduction === "mean" ? 1 / g.n : 1 };
      const workPerImage = g.c * WORK_OF_ELEMENT;
      if (g.reduction === "none") {
        launcher.forEachBatch(g.n, { ...inputs, partial: loss }, (bindings, rows) =>
          launcher.launch({
            shader: kernel.shader,
            constants: { ...kernel.constants, ADD: false },
            params: { ...params, rows, rowsPerSlice: 1 },
            bindings,
            invocations: rows,
            work: rows * workPerImage,
          }),
        );
        return;
      }
      const plan = { ...kernel, slices: slicesOfLoss(g.n, g.n * g.c, launcher.traits), invocations: 1 };
      const sum = { images: g.n, rowsPerImage: 1, inputs, total: loss, workPerImage };
      launchSliced(launcher, plan, sum, ({ inputs, images, rowsPerSlice, partial, add }) => ({
        shader: kernel.shader,
        constants: { ...kernel.constants, ADD: add },
        params: { ...params, rows: images, rowsPerSlice },
        bindings: { ...inputs, partial },
      }));
    },
    cpu: (kernels, inputs, outputs) => kernels.softmaxCrossEntropy(g, inputs, outputs),
    terms: g.reduction === "none" ? g.c : g.c + g.n,
    backward({ inputs: { logits, labels }, gradient, wants }) {
      if (wants("labels")) {
        throw new OptionError("softmaxCrossEntropy: labels has no gradient; compute them outside of valueAndGradients");
      }
      return { logits: softmaxCrossEntropyBackward(logits, labels, gradient("loss"), options) };
    },
  }).loss;
}
