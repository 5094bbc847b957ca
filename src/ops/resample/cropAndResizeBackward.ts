import cropAndResizeBackwardShader from "../../../shaders/resample/cropAndResizeBackward.wgsl";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type CropAndResizeOptions, readCropAndResize } from "./cropAndResizeOptions.js";
import { TERMS_OF_PRODUCT } from "./options.js";

/** The fewest terms of a block. Shorter blocks cost more in loops than they gain in accuracy. */
const FEWEST = 8;

/**
 * The gradient of {@link cropAndResize} with respect to its images: each pixel sums dy over the outputs that show it,
 * multiplied by its weight in each output. Outputs with an invalid index add nothing.
 *
 * @param inputShape the forward's `images.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param boxes float32, the forward's `boxes`
 * @param boxIndices float32, the forward's `boxIndices`
 * @param options the forward's options; `extrapolationValue` is ignored
 * @returns the gradient of the images, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` does not have four axes, or dy, boxes or
 * boxIndices do not fit each other; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The error bound is the forward's, with K = 3 · B · P · Q.
 *
 * @example
 * ```ts
 * const boxes = backend.tensor([[0, 0, 0.5, 0.5]]);
 * const boxIndices = backend.tensor([0]);
 * const dy = backend.full([1, 2, 2, 1], 1);
 * await cropAndResizeBackward([1, 3, 3, 1], dy, boxes, boxIndices, { size: 2 }).read(); // [1, 1, 0, 1, 1, 0, 0, 0, 0]
 * ```
 */
export function cropAndResizeBackward(
  inputShape: Shape,
  dy: Tensor,
  boxes: Tensor,
  boxIndices: Tensor,
  options: CropAndResizeOptions,
): Tensor {
  const operator = "cropAndResizeBackward";
  const backend = checkTensors(operator, { dy, boxes, boxIndices });
  const boxInputs = { boxes, boxIndices };
  const { attributes: g, layout } = readCropAndResize(operator, "inputShape", inputShape, boxInputs, options);
  checkGradient(operator, dy, [g.boxes, g.p, g.q, g.c], layout);
  return backend.tidy(() => {
    const { dimages } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, layout, "nhwc"), boxes, boxIndices },
      outputs: { dimages: [g.n, g.h, g.w, g.c] },
      gpu(launcher, inputs, { dimages }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.n * g.h, g.w, g.c / lanes);
        const { h, w, c, p, q } = g;
        // A block has about as many terms as there are blocks.
        const block = Math.max(FEWEST, Math.ceil(Math.sqrt(Math.max(g.boxes, p, q))));
        launcher.forEachBatch(g.n, { dimages }, ({ dimages }, n, firstImage) =>
          launcher.forEachBatch(g.boxes, inputs, (chunk, boxes, firstBox) =>
            launcher.launch({
              shader: cropAndResizeBackwardShader,
              constants: { FOURS: lanes === 4, NEAREST: g.nearest, ADD: firstBox > 0, BLOCK: block },
              params: { ...params, firstImage, boxes, h, w, c, p, q },
              bindings: { ...chunk, dimages },
              invocations: n * g.h * invocationsPerRow,
              work: n * g.h * g.w * g.c * boxes * 8,
            }),
          ),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.cropAndResizeBackward(g, inputs, outputs),
      terms: g.boxes * g.p * g.q * TERMS_OF_PRODUCT,
    });
    return toLayout(dimages, "nhwc", layout);
  });
}
