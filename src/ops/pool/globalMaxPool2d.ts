import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchGlobalMaximum } from "./globalMaximum.js";
import { globalMaxPool2dBackward } from "./globalMaxPool2dBackward.js";
import { type GlobalMaxPool2dOptions, readGlobalPool2d } from "./options.js";

/**
 * The maximum over height and width, for each channel of each image. A NaN in a channel gives NaN. The same as ONNX's
 * `GlobalMaxPool` and as Keras's `GlobalMaxPooling2D` with `keepdims`.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `layout`, see {@link GlobalMaxPool2dOptions}
 * @returns float32 [N, 1, 1, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes; DisposedError,
 * BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Two channels: [1, 2, 3, 4] and [40, 30, 20, 10].
 * const x = backend.tensor([1, 40, 2, 30, 3, 20, 4, 10], [1, 2, 2, 2]);
 * const y = globalMaxPool2d(x);
 * y.shape; // [1, 1, 1, 2]
 * await y.read(); // [4, 40]
 * ```
 */
export function globalMaxPool2d(x: Tensor, options: GlobalMaxPool2dOptions = {}): Tensor {
  const operator = "globalMaxPool2d";
  const backend = checkTensors(operator, { x });
  const { n, c, pixels, layout } = readGlobalPool2d(operator, "x", x.shape, options);
  return backend.tidy(() => {
    const { y } = execute({
      name: operator,
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [n, 1, 1, c] },
      gpu(launcher, { x }, { y }) {
        launcher.forEachBatch(n, { x, y }, ({ x, y }, n) =>
          launchGlobalMaximum(launcher, { n, pixels, c, x, output: { y } }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.globalMaxPool2d({ pixels, c }, inputs, outputs),
      terms: 0,
      backward: ({ inputs: { x }, gradient }) => ({ x: globalMaxPool2dBackward(x, gradient("y")) }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
