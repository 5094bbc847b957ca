import resample2dShader from "../../../shaders/resample/resample2d.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type Resample2dOptions, readResample2d, TERMS_OF_PRODUCT } from "./options.js";
import { axisParams } from "./params.js";
import { resample2dBackward } from "./resample2dBackward.js";

/**
 * Resamples height and width (WebNN's `resample2d`, ONNX's `Resize`, Keras's `UpSampling2D`, PyTorch's `interpolate`).
 *
 * `coordinates` says which point in the input an output shows. Along an axis, "linear" mixes the two pixels around this
 * point, by their distance, and repeats the first and last pixel beyond the edge. It does not smooth: where an image
 * shrinks to less than half, pixels are left out. "nearest-neighbor" takes the nearest pixel. It rounds the point to the
 * nearest integer, halves down (ONNX's "round_prefer_floor"), but with "asymmetric" coordinates it rounds down, as
 * PyTorch's "nearest" does.
 *
 * Points are exact: integers and the ratio of the extents give them. (PyTorch's and ONNX's scales are used as they are.
 * Where ⌊extent · scale⌋ was rounded, they show other points.)
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @returns float32 [N, P, Q, C], or as `layout` says
 * @throws OptionError; ShapeError, also if no pixel would be left, or if H and P in lowest terms have a product of about
 * 2³¹ or more; DisposedError, BackendLostError, OutOfMemoryError
 */
export function resample2d(x: Tensor, options: Resample2dOptions): Tensor {
  const backend = checkTensors("resample2d", { x });
  const { attributes, layout } = readResample2d("resample2d", "x", x.shape, options);
  const { geometry: g, linear } = attributes;
  const { mode, coordinates } = options;
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
            constants: { FOURS: lanes === 4, LINEAR: linear },
            params: [g, axisParams(attributes), params],
            bindings: chunk,
            invocations: n * g.p * invocationsPerRow,
            work: n * g.p * g.q * g.c * (linear ? 4 : 1),
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.resample2d(attributes, inputs, outputs),
      terms: linear ? 4 * TERMS_OF_PRODUCT : 0,
      backward: ({ inputs: { x }, gradient }) => ({
        x: resample2dBackward(x.shape, gradient("y"), { sizes: [g.p, g.q], mode, coordinates }),
      }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
