import gatherShader from "../../../shaders/arrange/gather.wgsl";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { gatherBackward } from "./gatherBackward.js";
import { type GatherOptions, readGather } from "./rows.js";

/**
 * Gathers rows of a tensor by their indices (WebNN's and ONNX's `gather`), such as the vectors of an embedding. A
 * negative index counts from the end, as in WebNN and ONNX. An index that is out of range or not a whole number gives
 * zeros on every backend, as in TensorFlow on a GPU. The call cannot throw, because the values are on the device. The
 * indices have no gradient.
 *
 * @param x float32 with at least one axis
 * @param indices float32 whole numbers, of any shape
 * @param options `axis`, see {@link GatherOptions}
 * @returns float32. Its shape is x's shape, with `indices.shape` in the place of the extent along `axis`
 * @throws OptionError if `axis` is not an axis of x; BackendMismatchError, DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 2], [3, 4], [5, 6]]);
 * // −1 is the last row. There is no row 3, so it gives zeros.
 * await gather(x, backend.tensor([0, -1, 3])).read(); // [1, 2, 5, 6, 0, 0]
 * // Column 1:
 * await gather(x, backend.tensor([1]), { axis: 1 }).read(); // [2, 4, 6]
 * ```
 */
export function gather(x: Tensor, indices: Tensor, options: GatherOptions = {}): Tensor {
  checkTensors("gather", { x, indices });
  const { attributes, output } = readGather("gather", "x", x.shape, indices.shape, options);
  const given = copyOptions(options);
  const { outer, rows, count, inner } = attributes;
  return execute({
    name: "gather",
    inputs: { x, indices },
    outputs: { y: output },
    gpu(launcher, { x, indices }, { y }) {
      const lanes = lanesFor(inner);
      const { params, invocationsPerRow } = inStrips(
        launcher.traits,
        outer * count,
        Math.ceil(inner / lanes / COPY_TILE),
        1,
      );
      const launch = (
        bindings: Parameters<typeof launcher.launch>[0]["bindings"],
        part: { readonly outer: number; readonly count: number; readonly firstRow: number; readonly rowsHere: number },
      ) =>
        launcher.launch({
          shader: gatherShader,
          constants: { FOURS: lanes === 4, TILE: COPY_TILE, ADD: part.firstRow > 0 },
          params: { ...params, ...part, rows, inner },
          bindings,
          invocations: part.outer * part.count * invocationsPerRow,
          work: part.outer * part.count * inner,
        });
      if (outer > 1) {
        launcher.forEachBatch(outer, { x, y }, (chunk, outer) =>
          launch({ indices, ...chunk }, { outer, count, firstRow: 0, rowsHere: rows }),
        );
        return;
      }
      launcher.forEachBatch(rows, { x }, (rowsChunk, rowsHere, firstRow) =>
        launcher.forEachBatch(count, { indices, y }, (chunk, count) =>
          launch({ ...rowsChunk, ...chunk }, { outer: 1, count, firstRow, rowsHere }),
        ),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.gather(attributes, inputs, outputs),
    terms: 0,
    backward: ({ inputs: { x, indices }, gradient, wants }) => ({
      x: wants("x") ? gatherBackward(x.shape, indices, gradient("y"), given) : undefined,
    }),
  }).y;
}
