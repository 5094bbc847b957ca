import resample2dShader from "../../../shaders/resample/resample2d.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type Resample2dOptions, readResample2d } from "./options.js";
import { resample2dBackward } from "./resample2dBackward.js";

/**
 * Resamples height and width (WebNN's `resample2d`, ONNX's `Resize`, Keras's `UpSampling2D`).
 *
 * "nearest": output row p of P shows the input row (p + ½) · H / P − ½, rounded to the nearest integer, halves down,
 * and columns alike. These are ONNX's defaults, "half_pixel" and "round_prefer_floor", in exact arithmetic, with the
 * ratio of the extents. An integer factor repeats each pixel, as in other libraries. For other ratios libraries differ:
 * PyTorch's "nearest" takes ⌊p · H / P⌋.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, P, Q, C], or as `layout` says
 * @throws OptionError; ShapeError, also if no pixel would be left, or if H and P in lowest terms have a product of 2³¹
 * or more; DisposedError, BackendLostError, OutOfMemoryError
 */
export function resample2d(x: Tensor, options: Resample2dOptions): Tensor {
  const backend = checkTensors("resample2d", { x });
  const { geometry: g, ratios, layout } = readResample2d("resample2d", "x", x.shape, options);
  return backend.tidy(() => {
    const { y } = execute({
      name: "resample2d",
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [g.n, g.p, g.q, g.c] },
      gpu(launcher, { x }, { y }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.n * g.p, g.q, g.c / lanes);
        launcher.forEachBatch(g.n, { x, y }, (chunk, n) =>
          launcher.launch({
            shader: resample2dShader,
            constants: { FOURS: lanes === 4 },
            params: [g, ratios, params],
            bindings: chunk,
            invocations: n * g.p * invocationsPerRow,
            work: n * g.p * g.q * g.c,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.resample2d(g, inputs, outputs),
      terms: 0,
      backward: ({ inputs: { x }, gradient }) => ({
        x: resample2dBackward(x.shape, gradient("y"), { sizes: [g.p, g.q], mode: "nearest" }),
      }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
