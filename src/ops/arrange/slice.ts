import sliceShader from "../../../shaders/arrange/slice.wgsl";
import { checkShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { movesInFours, readCut } from "./cut.js";
import { sliceBackward } from "./sliceBackward.js";

/**
 * Cuts a part out of a tensor (WebNN's `slice`, without strides).
 *
 * @param x float32 of any shape. An axis that is not cut is joined to the axis before it; at most four axes may remain
 * @param starts the position where the part begins along each axis, from 0 on
 * @param sizes the part's extents
 * @returns float32 of the shape `sizes`
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function slice(x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor {
  checkTensors("slice", { x });
  const shape = checkShape("slice", "sizes", sizes);
  const cut = readCut("slice", "x", x.shape, starts, shape);
  const [whole0, xExtent1, xExtent2, xExtent3] = cut.whole;
  const [start0, start1, start2, start3] = cut.starts;
  const [extent0, extent1, extent2, extent3] = cut.extents;
  return execute({
    name: "slice",
    inputs: { x },
    outputs: { y: shape },
    gpu(launcher, { x }, { y }) {
      const fours = movesInFours(cut);
      const rows = extent0 * extent1 * extent2;
      const tiles = Math.ceil(extent3 / (fours ? 4 : 1) / COPY_TILE);
      const { params, invocationsPerRow } = inStrips(launcher.traits, rows, tiles, 1);
      // An outermost axis that is not cut is the batch. If it is cut, each tensor must fit one binding.
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
    cpu: (kernels, inputs, outputs) => kernels.slice(cut, inputs, outputs),
    terms: 0,
    backward: ({ inputs: { x }, gradient }) => ({ x: sliceBackward(x.shape, gradient("y"), starts) }),
  }).y;
}
