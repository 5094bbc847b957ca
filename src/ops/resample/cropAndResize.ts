import cropAndResizeShader from "../../../shaders/resample/cropAndResize.wgsl";
import { OptionError } from "../../core/errors.js";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { cropAndResizeBackward } from "./cropAndResizeBackward.js";
import { type CropAndResizeOptions, readCropAndResize } from "./cropAndResizeOptions.js";
import { TERMS_OF_PRODUCT } from "./options.js";

/**
 * Crops boxes out of images and resizes each to one size (TensorFlow's `crop_and_resize`).
 *
 * A box is [y1, x1, y2, x2]. 0 is the centre of the first pixel, 1 the centre of the last one. Row p of P shows the
 * point y1 · (H − 1) + p · (y2 − y1) · (H − 1) / (P − 1). If P is 1, the row shows the middle of the box. Columns
 * follow the same rule. If y1 is larger than y2, the output is flipped. A point outside the image shows
 * `extrapolationValue`. So do all points of a box that is not finite.
 *
 * An invalid index (negative, fractional, NaN, N or more) makes its output NaN. No error is thrown, because the values
 * are on the device.
 *
 * Only `images` has a gradient. {@link valueAndGradients} throws if boxes or indices depend on a parameter.
 *
 * @param images float32 [N, H, W, C], or as `layout` says
 * @param boxes float32 [B, 4]: [y1, x1, y2, x2] of each box, as a share of the image
 * @param boxIndices float32 [B]: the number of the image of each box, from 0 to N − 1
 * @param options `size` is required, see {@link CropAndResizeOptions}
 * @returns float32 [B, P, Q, C], or as `layout` says, where [P, Q] is `size`
 * @throws OptionError if an option is invalid; ShapeError if images do not have four axes, boxes are not [B, 4] or
 * boxIndices not [B]; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Points are computed in float32, and K is 12. The bound adds to Σ|terms|
 * the effect of the rounding error of the point: about 2⁻²² · (H + W) times the values of the pixels around it. A
 * rounding error may also decide whether a point on the edge is inside, and which pixel is the nearest. It does not if
 * the float32 computation of the point is exact.
 *
 * @example
 * ```ts
 * const images = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * const boxIndices = backend.tensor([0, 0]);
 * // The left upper quarter, and the whole image upside down.
 * const boxes = backend.tensor([[0, 0, 0.5, 0.5], [1, 0, 0, 1]]);
 * await cropAndResize(images, boxes, boxIndices, { size: 2 }).read(); // [1, 2, 4, 5, 7, 9, 1, 3]
 * ```
 */
export function cropAndResize(
  images: Tensor,
  boxes: Tensor,
  boxIndices: Tensor,
  options: CropAndResizeOptions,
): Tensor {
  const operator = "cropAndResize";
  const backend = checkTensors(operator, { images, boxes, boxIndices });
  const boxInputs = { boxes, boxIndices };
  const { attributes: g, layout } = readCropAndResize(operator, "images", images.shape, boxInputs, options);
  const given = copyOptions(options);
  return backend.tidy(() => {
    const { y } = execute({
      name: operator,
      inputs: { images: toLayout(images, layout, "nhwc"), boxes, boxIndices },
      outputs: { y: [g.boxes, g.p, g.q, g.c] },
      gpu(launcher, { images, ...boxInputs }, { y }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.boxes * g.p, g.q, g.c / lanes);
        const { h, w, c, p, q, value } = g;
        launcher.forEachBatch(g.n, { images }, ({ images }, n, firstImage) =>
          launcher.forEachBatch(g.boxes, { ...boxInputs, y }, (chunk, boxes) =>
            launcher.launch({
              shader: cropAndResizeShader,
              constants: { FOURS: lanes === 4, NEAREST: g.nearest },
              params: { ...params, images: g.n, n, firstImage, h, w, c, p, q, value },
              bindings: { images, ...chunk },
              invocations: boxes * g.p * invocationsPerRow,
              work: boxes * g.p * g.q * g.c * 8,
            }),
          ),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.cropAndResize(g, inputs, outputs),
      terms: 4 * TERMS_OF_PRODUCT,
      backward({ inputs: { images, boxes, boxIndices }, gradient, wants }) {
        for (const name of ["boxes", "boxIndices"] as const) {
          if (!wants(name)) continue;
          throw new OptionError(`${operator}: ${name} has no gradient; compute it outside of valueAndGradients`);
        }
        return {
          images: cropAndResizeBackward(images.shape, gradient("y"), boxes, boxIndices, { ...given, layout: "nhwc" }),
        };
      },
    });
    return toLayout(y, "nhwc", layout);
  });
}
