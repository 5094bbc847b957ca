import resample2dBackwardShader from "../../../shaders/resample/resample2dBackward.wgsl";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type Resample2dOptions, readResample2d } from "./options.js";

/**
 * The gradient of `resample2d` with respect to its input: every input pixel adds up dy over the outputs that show it.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy the gradient of the forward's output, of that output's shape
 * @param options the forward's
 * @returns dx, of `inputShape`
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function resample2dBackward(inputShape: Shape, dy: Tensor, options: Resample2dOptions): Tensor {
  const operator = "resample2dBackward";
  const backend = checkTensors(operator, { dy });
  const { geometry: g, ratios, layout } = readResample2d(operator, "inputShape", inputShape, options);
  checkGradient(operator, dy, [g.n, g.p, g.q, g.c], layout);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { dy }, { dx }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.n * g.h, g.w, g.c / lanes);
        launcher.forEachBatch(g.n, { dy, dx }, (chunk, n) =>
          launcher.launch({
            shader: resample2dBackwardShader,
            constants: { FOURS: lanes === 4 },
            params: [g, ratios, params],
            bindings: chunk,
            invocations: n * g.h * invocationsPerRow,
            work: n * (g.p * g.q + g.h * g.w) * g.c,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.resample2dBackward(g, inputs, outputs),
      terms: Math.ceil(g.p / g.h) * Math.ceil(g.q / g.w),
    });
    return toLayout(dx, "nhwc", layout);
  });
}
