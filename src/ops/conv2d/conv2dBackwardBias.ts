import { extentOf } from "../../geometry.js";
import { checkShape4, type Tensor } from "../../tensor.js";
import { lanesFor } from "../../webgpu/dispatch.js";
import { checkTensors, execute } from "../execute.js";
import { toLayout } from "../transpose.js";
import { slicesFor } from "./kernelPlan.js";
import { type Conv2dOptions, readOptions } from "./options.js";
import { launchSum } from "./sliced.js";

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
          // Pixels are slices already. Every so many of them are added up side by side, as one longer slice.
          const slices = slicesFor(k / lanesFor(k), n * pixelsPerImage, k, launcher.traits);
          const elements = slices * k;
          const total = slices === 1 ? db : launcher.workspace(elements);
          launcher.forEachBatch(n, { dy }, ({ dy }, images, first) => {
            const pixels = images * pixelsPerImage;
            launchSum(launcher, { slices: pixels / slices, elements, channels: k, partial: dy, total, add: first > 0 });
          });
          if (total !== db) launchSum(launcher, { slices, elements: k, partial: total, total: db });
        },
        cpu: ({ dy }, { db }, twins) => twins.conv2dBackwardBias(dy, db),
        terms: n * pixelsPerImage,
        linearIn: ["dy"],
      }).db,
  );
}
