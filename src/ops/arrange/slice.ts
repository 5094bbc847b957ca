import sliceShader from "../../../shaders/arrange/slice.wgsl";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import { checkShape, elementsOf } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { planCut, readCut } from "./cut.js";
import { sliceBackward } from "./sliceBackward.js";

/**
 * Copies a part of a tensor (WebNN's `slice`, without strides).
 *
 * @param x float32 of any shape. An axis that is not cut is joined to the axis before it; at most six axes may remain
 * after joining
 * @param starts for each axis the position where the slice begins, counted from 0
 * @param sizes the extents of the slice
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the shape `sizes`
 * @throws OptionError if `starts` is not an array of integers ≥ 0; ShapeError if `sizes` is not a shape, the slice does
 * not lie in x, or more than six axes remain; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 2, 3], [4, 5, 6]]);
 * // From row 0 and column 1 on: two rows and two columns.
 * await slice(x, [0, 1], [2, 2]).read(); // [2, 3, 5, 6]
 * ```
 */
export function slice(x: Tensor, starts: readonly number[], sizes: readonly number[], options: NoOptions = {}): Tensor {
  checkTensors("slice", { x });
  checkNoOptions("slice", options);
  const shape = checkShape("slice", "sizes", sizes);
  const cut = readCut("slice", "x", x.shape, starts, shape, "sizes");
  // A copy, because the caller may change its array before the gradient is computed.
  const begin = [...starts];
  const rows = elementsOf(cut.extents.slice(0, -1));
  return execute({
    name: "slice",
    inputs: { x },
    outputs: { y: shape },
    gpu(launcher, { x }, { y }) {
      const { constants, params, lanes, images } = planCut(cut);
      const strips = inStrips(launcher.traits, rows, Math.ceil(cut.extents[5] / lanes / COPY_TILE), 1);
      launcher.forEachBatch(images, { x, y }, (chunk, count) =>
        launcher.launch({
          shader: sliceShader,
          constants: { ...constants, TILE: COPY_TILE },
          params: [{ extent0: (cut.extents[0] / images) * count }, strips.params, params],
          bindings: chunk,
          invocations: (rows / images) * count * strips.invocationsPerRow,
          work: (y.elements / images) * count,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.slice(cut, inputs, outputs),
    terms: 0,
    backward: ({ inputs: { x }, gradient }) => ({ x: sliceBackward(x.shape, gradient("y"), begin) }),
  }).y;
}
