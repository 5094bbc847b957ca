import sliceBackwardShader from "../../../shaders/arrange/sliceBackward.wgsl";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import { checkShape, elementsOf, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { planCut, readCut } from "./cut.js";

/**
 * The gradient of {@link slice} with respect to its input: dy in the place of the slice, zeros elsewhere.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape `sizes`
 * @param starts the forward's `starts`
 * @param options there are none (see {@link NoOptions})
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if `starts` is not an array of integers ≥ 0; ShapeError if the slice does not lie in
 * `inputShape`, or more than six axes remain; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.tensor([[1, 2], [3, 4]]);
 * await sliceBackward([2, 3], dy, [0, 1]).read(); // [0, 1, 2, 0, 3, 4]
 * ```
 */
export function sliceBackward(
  inputShape: Shape,
  dy: Tensor,
  starts: readonly number[],
  options: NoOptions = {},
): Tensor {
  const operator = "sliceBackward";
  checkTensors(operator, { dy });
  checkNoOptions(operator, options);
  const shape = checkShape(operator, "inputShape", inputShape);
  const cut = readCut(operator, "inputShape", shape, starts, dy.shape, "dy");
  const rows = elementsOf(cut.whole.slice(0, -1));
  return execute({
    name: operator,
    inputs: { dy },
    outputs: { dx: shape },
    gpu(launcher, { dy }, { dx }) {
      const { constants, params, lanes, images } = planCut(cut);
      const strips = inStrips(launcher.traits, rows, Math.ceil(cut.whole[5] / lanes / COPY_TILE), 1);
      launcher.forEachBatch(images, { dy, dx }, (chunk, count) =>
        launcher.launch({
          shader: sliceBackwardShader,
          constants: { ...constants, TILE: COPY_TILE },
          params: [{ extent0: (cut.extents[0] / images) * count }, strips.params, params],
          bindings: chunk,
          invocations: (rows / images) * count * strips.invocationsPerRow,
          work: (dx.elements / images) * count,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.sliceBackward(cut, inputs, outputs),
    terms: 0,
  }).dx;
}
