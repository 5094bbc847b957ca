import { extentOf } from "../../core/geometry.js";
import { checkShape4 } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchBiasGradient } from "./biasGradient.js";
import { type Conv2dOptions, readOptions } from "./options.js";

/**
 * The gradient of {@link conv2d} with respect to its bias: the sum of dy over batch, height and width.
 *
 * @param dy float32 [N, P, Q, K], or as `inputLayout` says
 * @param options the forward's options; `bias` is ignored, and an `activation` other than "none" is refused
 * @returns db, float32 [K]
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Two pixels with two channels each.
 * const dy = backend.tensor([1, 10, 2, 20], [1, 1, 2, 2]);
 * await conv2dBackwardBias(dy).read(); // [3, 30]
 * ```
 */
export function conv2dBackwardBias(dy: Tensor, options: Conv2dOptions = {}): Tensor {
  const operator = "conv2dBackwardBias";
  const backend = checkTensors(operator, { dy });
  const { inputLayout } = readOptions(operator, "backward", options);
  const shape = checkShape4(operator, "dy", dy.shape, inputLayout);
  const k = extentOf(shape, inputLayout, "c");
  return backend.tidy(
    () =>
      execute({
        name: operator,
        inputs: { dy: toLayout(dy, inputLayout, "nhwc") },
        outputs: { db: [k] },
        gpu: (launcher, { dy }, { db }) => launchBiasGradient(launcher, dy, db),
        cpu: (kernels, inputs, outputs) => kernels.conv2dBackwardBias(undefined, inputs, outputs),
        terms: dy.size / k,
        paired: true,
      }).db,
  );
}
