import { extentOf } from "../../geometry.js";
import { checkShape4, type Tensor } from "../../tensor.js";
import { checkTensors, execute } from "../execute.js";
import { toLayout } from "../transpose.js";
import { type Conv2dOptions, readOptions } from "./options.js";
import { planConv2dBackwardBias } from "./plan.js";
import { launchSliced } from "./sliced.js";

/**
 * The gradient of `conv2d` with respect to its bias: the sum of dy over batch, height and width.
 *
 * @param dy float32 [N, P, Q, K], or as `inputLayout` says
 * @param options the forward's; `bias` is ignored, an `activation` refused
 * @returns db [K]
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function conv2dBackwardBias(dy: Tensor, options: Conv2dOptions = {}): Tensor {
  const operator = "conv2dBackwardBias";
  const backend = checkTensors(operator, { dy });
  const { inputLayout } = readOptions(operator, "backward", options);
  const shape = checkShape4(operator, "dy", dy.shape, inputLayout);
  const n = extentOf(shape, inputLayout, "n");
  const k = extentOf(shape, inputLayout, "c");
  const pixelsPerImage = dy.size / n / k;
  return backend.tidy(
    () =>
      execute({
        name: operator,
        inputs: { dy: toLayout(dy, inputLayout, "nhwc") },
        outputs: { db: [k] },
        gpu(launcher, { dy }, { db }) {
          const plan = planConv2dBackwardBias(n * pixelsPerImage, k, launcher.traits);
          const workPerImage = pixelsPerImage * k;
          const sum = { images: n, rowsPerImage: pixelsPerImage, inputs: { dy }, total: db, workPerImage };
          launchSliced(launcher, plan, sum, ({ inputs, images, rowsPerSlice, partial, add }) => ({
            shader: plan.shader,
            constants: { ...plan.constants, ADD: add },
            params: { k, pixels: images * pixelsPerImage, pixelsPerSlice: rowsPerSlice },
            bindings: { ...inputs, partial },
          }));
        },
        cpu: ({ dy }, { db }, twins) => twins.conv2dBackwardBias(dy, db),
        terms: n * pixelsPerImage,
        linearIn: ["dy"],
      }).db,
  );
}
