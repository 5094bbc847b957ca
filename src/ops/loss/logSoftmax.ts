import logSoftmaxShader from "../../../shaders/loss/logSoftmax.wgsl";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { lastExtent } from "./lastExtent.js";
import { logSoftmaxBackward } from "./logSoftmaxBackward.js";
import { WORK_OF_ELEMENT } from "./softmax.js";

/**
 * The logarithm of softmax over the last axis: y = x − m − ln Σ exp(x − m), where m is the largest element along the
 * axis. It is finite also where softmax(x) underflows to 0 and `log(softmax(x))` is −∞. If a row holds NaN or +∞, or
 * only −∞, the whole row is NaN.
 *
 * @param x float32 [..., C]
 * @param options there are none (see {@link NoOptions})
 * @returns y, float32 of x's shape. Along the last axis, exp(y) sums to 1
 * @throws OptionError if x is not a tensor; ShapeError if x is a scalar; DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is C, the extent of the last axis, and 3 + ln Σ exp(x − m) + |x −
 * m| + Σ softmax · |x − m| takes the place of Σ|terms|. This follows from the accuracy that WGSL demands of `exp` and
 * `log`.
 *
 * @example
 * ```ts
 * const x = backend.tensor([[0, 0, 0, 0], [0, 0, 0, 1000]]);
 * await logSoftmax(x).read(); // ≈ [-1.39, -1.39, -1.39, -1.39, -1000, -1000, -1000, 0]
 * ```
 */
export function logSoftmax(x: Tensor, options: NoOptions = {}): Tensor {
  checkTensors("logSoftmax", { x });
  checkNoOptions("logSoftmax", options);
  const c = lastExtent("logSoftmax", "x", x);
  return execute({
    name: "logSoftmax",
    inputs: { x },
    outputs: { y: x.shape },
    gpu(launcher, { x }, { y }) {
      launcher.forEachBatch(x.elements / c, { logits: x, y }, (bindings, rows) =>
        launcher.launch({
          shader: logSoftmaxShader,
          constants: { FOURS: lanesFor(c) === 4 },
          params: { c },
          bindings,
          invocations: rows,
          work: rows * c * WORK_OF_ELEMENT,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.logSoftmax({ c }, inputs, outputs),
    terms: c,
    backward: ({ outputs: { y }, gradient }) => ({ x: logSoftmaxBackward(y, gradient("y")) }),
  }).y;
}
