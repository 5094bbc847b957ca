import softmaxShader from "../../../shaders/loss/softmax.wgsl";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { lastExtent } from "./lastExtent.js";
import { softmaxBackward } from "./softmaxBackward.js";

/**
 * Softmax over the last axis: y = exp(x − m) / Σ exp(x − m), where m is the largest element along the axis. The
 * exponentials do not overflow. If a row holds NaN or +∞, or only −∞, the whole row is NaN.
 *
 * @param x float32 [..., C]
 * @param options there are none (see {@link NoOptions})
 * @returns y, float32 of x's shape. Along the last axis, y sums to 1
 * @throws OptionError if x is not a tensor; ShapeError if x is a scalar; DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is C, the extent of the last axis, and y · (3 + |x − m| + Σ y · |x
 * − m|) takes the place of Σ|terms|. This follows from the accuracy that WGSL demands of `exp`.
 *
 * @example
 * ```ts
 * const x = backend.tensor([[0, 0, 0, 0], [0, 1, 2, 3]]);
 * await softmax(x).read(); // ≈ [0.25, 0.25, 0.25, 0.25, 0.0321, 0.0871, 0.237, 0.644]
 * ```
 */
export function softmax(x: Tensor, options: NoOptions = {}): Tensor {
  checkTensors("softmax", { x });
  checkNoOptions("softmax", options);
  const c = lastExtent("softmax", "x", x);
  return execute({
    name: "softmax",
    inputs: { x },
    outputs: { y: x.shape },
    gpu(launcher, { x }, { y }) {
      launcher.forEachBatch(x.elements / c, { logits: x, y }, (bindings, rows) =>
        launcher.launch({
          shader: softmaxShader,
          constants: { FOURS: lanesFor(c) === 4 },
          params: { c },
          bindings,
          invocations: rows,
          work: rows * c * WORK_OF_ELEMENT,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.softmax({ c }, inputs, outputs),
    terms: c,
    backward: ({ outputs: { y }, gradient }) => ({ x: softmaxBackward(y, gradient("y")) }),
  }).y;
}

/** Estimated operations: two exponentials. */
export const WORK_OF_ELEMENT = 40;
