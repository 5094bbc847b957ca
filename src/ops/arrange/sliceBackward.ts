import sliceBackwardShader from "../../../shaders/arrange/sliceBackward.wgsl";
import { checkShape, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { movesInFours, readCut } from "./cut.js";

/**
 * The gradient of `slice` with respect to its input: dy where the part was cut out, zero elsewhere.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy the gradient of the forward's output, of its `sizes`
 * @param starts the forward's
 * @returns dx, of `inputShape`
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function sliceBackward(inputShape: Shape, dy: Tensor, starts: readonly number[]): Tensor {
  const operator = "sliceBackward";
  checkTensors(operator, { dy });
  const shape = checkShape(operator, "inputShape", inputShape);
  const cut = readCut(operator, "inputShape", shape, starts, dy.shape);
  const [whole0, xExtent1, xExtent2, xExtent3] = cut.whole;
  const [start0, start1, start2, start3] = cut.starts;
  const [extent0, extent1, extent2, extent3] = cut.extents;
  return execute({
    name: operator,
    inputs: { dy },
    outputs: { dx: shape },
    gpu(launcher, { dy }, { dx }) {
      const fours = movesInFours(cut);
      const rows = whole0 * xExtent1 * xExtent2;
      const tiles = Math.ceil(xExtent3 / (fours ? 4 : 1) / COPY_TILE);
      const { params, invocationsPerRow } = inStrips(launcher.traits, rows, tiles, 1);
      const images = whole0 === extent0 ? extent0 : 1;
      launcher.forEachBatch(images, { dy, dx }, (chunk, count) =>
        launcher.launch({
          shader: sliceBackwardShader,
          constants: { FOURS: fours, TILE: COPY_TILE },
          params: {
            ...params,
            ...{ xExtent1, xExtent2, xExtent3, start0, start1, start2, start3 },
            ...{ extent0: (extent0 / images) * count, extent1, extent2, extent3 },
          },
          bindings: chunk,
          invocations: (rows / images) * count * invocationsPerRow,
          work: (dx.elements / images) * count,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.sliceBackward(cut, inputs, outputs),
    terms: 0,
  }).dx;
}
