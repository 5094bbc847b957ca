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
 * `coordinates` defines the point of the input that an output shows. Along each axis, "linear" mixes the two pixels
 * around this point by their distances. Beyond the edge it repeats the first or last pixel. It does not smooth: if an
 * image shrinks to less than half, some pixels are left out. "nearest-neighbor" rounds the point to the nearest
 * integer, halves down (ONNX's "round_prefer_floor"). With "asymmetric" coordinates it rounds down, as PyTorch's
 * "nearest" does.
 *
 * Points are exact: they are computed with integers, from the ratio of the extents. PyTorch and ONNX use the given
 * scales instead, so their points differ if extent · scale is not a whole number.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `mode` and either `sizes` or `scales` are required, see {@link Resample2dOptions}
 * @returns float32 [N, P, Q, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, if no pixel would be left, or
 * if the ratio of H and P in lowest terms has a product of about 2³¹ or more; DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([0, 4, 8], [1, 1, 3, 1]);
 * await resample2d(x, { mode: "nearest", scales: [1, 2] }).read(); // [0, 0, 4, 4, 8, 8]
 * await resample2d(x, { mode: "linear", sizes: [1, 6] }).read(); // [0, 1, 3, 5, 7, 8]
 * // As in PyTorch with align_corners=True:
 * await resample2d(x, { mode: "linear", sizes: [1, 5], coordinates: "alignCorners" }).read(); // [0, 2, 4, 6, 8]
 * ```
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
