import globalAveragePool2dShader from "../../../shaders/pool/globalAveragePool2d.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchReduction, planReduction } from "../kit/reduction.js";
import { globalAveragePool2dBackward } from "./globalAveragePool2dBackward.js";
import { type GlobalAveragePool2dOptions, readGlobalPool2d } from "./options.js";

/**
 * The mean over height and width, for each channel of each image. The same as ONNX's `GlobalAveragePool` and as Keras's
 * `GlobalAveragePooling2D` with `keepdims`.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `layout`, see {@link GlobalAveragePool2dOptions}
 * @returns float32 [N, 1, 1, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes; DisposedError,
 * BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Two channels: [1, 2, 3, 4] and [10, 20, 30, 40].
 * const x = backend.tensor([1, 10, 2, 20, 3, 30, 4, 40], [1, 2, 2, 2]);
 * const y = globalAveragePool2d(x);
 * y.shape; // [1, 1, 1, 2]
 * await y.read(); // [2.5, 25]
 * ```
 */
export function globalAveragePool2d(x: Tensor, options: GlobalAveragePool2dOptions = {}): Tensor {
  const operator = "globalAveragePool2d";
  const backend = checkTensors(operator, { x });
  const { n, c, pixels, layout } = readGlobalPool2d(operator, "x", x.shape, options);
  return backend.tidy(() => {
    const { y } = execute({
      name: operator,
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [n, 1, 1, c] },
      gpu: (launcher, { x }, { y }) =>
        launchReduction(launcher, planReduction([n, pixels, c], [n, 1, c], launcher.traits), {
          x,
          y,
          last: globalAveragePool2dShader,
          params: { divisor: pixels },
        }),
      cpu: (kernels, inputs, outputs) => kernels.globalAveragePool2d({ pixels, c }, inputs, outputs),
      terms: pixels,
      paired: true,
      backward: ({ inputs: { x }, gradient }) => ({ x: globalAveragePool2dBackward(x.shape, gradient("y")) }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
