import averagePool2dBackwardShader from "../../../shaders/pool/averagePool2dBackward.wgsl";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { type AveragePool2dOptions, readPool2d } from "./options.js";
import { planPool2dBackward } from "./plan.js";

/**
 * The gradient of {@link averagePool2d} with respect to its input. Each element of a window gets the window's dy,
 * divided by the forward's divisor.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` does not fit the options, or dy does not have
 * the shape of the forward's output; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.full([1, 1, 1, 1], 1);
 * await averagePool2dBackward([1, 2, 2, 1], dy, { windowDimensions: 2 }).read(); // [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export function averagePool2dBackward(inputShape: Shape, dy: Tensor, options: AveragePool2dOptions): Tensor {
  const operator = "averagePool2dBackward";
  const backend = checkTensors(operator, { dy });
  const { geometry: g, layout, reader } = readPool2d(operator, "inputShape", inputShape, options, ["countIncludePad"]);
  const countIncludePad = reader.boolean("countIncludePad", false);
  checkGradient(operator, dy, [g.n, g.p, g.q, g.c], layout);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { dy }, { dx }) {
        const plan = planPool2dBackward(g, launcher.traits);
        launcher.forEachBatch(g.n, { dy, dx }, (chunk, n) =>
          launcher.launch({
            shader: averagePool2dBackwardShader,
            constants: { ...plan.constants, COUNT_INCLUDE_PAD: countIncludePad },
            params: [{ n }, g, plan.params],
            bindings: chunk,
            invocations: n * plan.invocationsPerImage,
            work: n * g.p * g.q * g.c * g.r * g.s,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) =>
        kernels.averagePool2dBackward({ geometry: g, countIncludePad }, inputs, outputs),
      terms: g.r * g.s,
    });
    return toLayout(dx, "nhwc", layout);
  });
}
