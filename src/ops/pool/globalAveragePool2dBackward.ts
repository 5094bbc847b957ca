import globalAveragePool2dBackwardShader from "../../../shaders/pool/globalAveragePool2dBackward.wgsl";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type GlobalAveragePool2dOptions, readGlobalPool2d } from "./options.js";

/**
 * The gradient of {@link globalAveragePool2d} with respect to its input: dy / (H · W) at every pixel.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` does not have four axes, or dy does not have
 * the shape of the forward's output; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.full([1, 1, 1, 1], 1);
 * await globalAveragePool2dBackward([1, 2, 2, 1], dy).read(); // [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export function globalAveragePool2dBackward(
  inputShape: Shape,
  dy: Tensor,
  options: GlobalAveragePool2dOptions = {},
): Tensor {
  const operator = "globalAveragePool2dBackward";
  const backend = checkTensors(operator, { dy });
  const { n, h, w, c, pixels, layout } = readGlobalPool2d(operator, "inputShape", inputShape, options);
  checkGradient(operator, dy, [n, 1, 1, c], layout);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [n, h, w, c] },
      gpu(launcher, { dy }, { dx }) {
        const lanes = lanesFor(c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, n, pixels, c / lanes);
        launcher.forEachBatch(n, { dy, dx }, (chunk, n) =>
          launcher.launch({
            shader: globalAveragePool2dBackwardShader,
            constants: { FOURS: lanes === 4 },
            params: { ...params, pixels, c },
            bindings: chunk,
            invocations: n * invocationsPerRow,
            work: n * pixels * c,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.globalAveragePool2dBackward({ pixels, c }, inputs, outputs),
      terms: 1,
    });
    return toLayout(dx, "nhwc", layout);
  });
}
