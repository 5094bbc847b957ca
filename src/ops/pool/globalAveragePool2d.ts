import globalAveragePool2dShader from "../../../shaders/pool/globalAveragePool2d.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { launchSum, slicesFor } from "../kit/slices.js";
import { workgroupSize } from "../kit/tiles.js";
import { globalAveragePool2dBackward } from "./globalAveragePool2dBackward.js";
import { type GlobalAveragePool2dOptions, readGlobalPool2d } from "./options.js";

/** Of a slice: fewer would cost more in partial sums than they gain. */
const FEWEST_PIXELS = 32;

/**
 * The mean over height and width, for each channel of each image. The same as ONNX's `GlobalAveragePool`, and Keras's
 * `GlobalAveragePooling2D` with `keepdims`.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, 1, 1, C], or as `layout` says
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
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
      gpu(launcher, { x }, { y }) {
        const lanes = lanesFor(c);
        launcher.forEachBatch(n, { x, y }, (chunk, n) => {
          const invocations = (n * c) / lanes;
          const rows = Math.ceil(pixels / FEWEST_PIXELS);
          const slices = slicesFor(invocations, rows, n * c, launcher.traits);
          const partial = slices === 1 ? chunk.y : launcher.workspace(slices * n * c);
          launcher.launch({
            shader: globalAveragePool2dShader,
            constants: { FOURS: lanes === 4, WORKGROUP_SIZE: workgroupSize(launcher.traits) },
            params: { n, pixels, c, pixelsPerSlice: Math.ceil(pixels / slices) },
            bindings: { x: chunk.x, partial },
            invocations: slices * invocations,
            work: n * pixels * c,
          });
          if (slices > 1) launchSum(launcher, { slices, elements: n * c, partial, total: chunk.y, channels: c });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.globalAveragePool2d({ pixels, c }, inputs, outputs),
      terms: pixels,
      backward: ({ inputs: { x }, gradient }) => ({ x: globalAveragePool2dBackward(x.shape, gradient("y")) }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
