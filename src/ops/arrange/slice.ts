import sliceShader from "../../../shaders/arrange/slice.wgsl";
import { checkShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { blockOf, movesInFours } from "./block.js";
import { sliceBackward } from "./sliceBackward.js";

/**
 * A block of a tensor (WebNN's `slice`, without strides).
 *
 * @param x float32 of any shape; of more than four axes, not so many may be cut that neighbours which are not cannot be joined to four
 * @param starts where the block begins along each axis, from 0 on
 * @param sizes the block's extents
 * @returns float32 of the shape `sizes`
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function slice(x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor {
  checkTensors("slice", { x });
  const shape = checkShape("slice", "sizes", sizes);
  const block = blockOf("slice", "x", x.shape, starts, shape);
  const [whole0, xExtent1, xExtent2, xExtent3] = block.whole;
  const [start0, start1, start2, start3] = block.starts;
  const [extent0, extent1, extent2, extent3] = block.extents;
  return execute({
    name: "slice",
    inputs: { x },
    outputs: { y: shape },
    gpu(launcher, { x }, { y }) {
      const fours = movesInFours(block);
      const rows = extent0 * extent1 * extent2;
      const tiles = Math.ceil(extent3 / (fours ? 4 : 1) / COPY_TILE);
      const { params, invocationsPerRow } = inStrips(launcher.traits, rows, tiles, 1);
      // Where the outermost axis stays whole, it is a batch; else the tensors must be bound as wholes.
      const images = whole0 === extent0 ? extent0 : 1;
      launcher.forEachBatch(images, { x, y }, (chunk, count) =>
        launcher.launch({
          shader: sliceShader,
          constants: { FOURS: fours, TILE: COPY_TILE },
          params: {
            ...params,
            ...{ xExtent1, xExtent2, xExtent3, start0, start1, start2, start3 },
            ...{ extent0: (extent0 / images) * count, extent1, extent2, extent3 },
          },
          bindings: chunk,
          invocations: (rows / images) * count * invocationsPerRow,
          work: (y.elements / images) * count,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.slice(block, inputs, outputs),
    terms: 0,
    backward: ({ inputs: { x }, gradient }) => ({ x: sliceBackward(x.shape, gradient("y"), starts) }),
  }).y;
}
