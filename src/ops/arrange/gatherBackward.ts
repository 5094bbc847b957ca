import gatherBackwardShader from "../../../shaders/arrange/gatherBackward.wgsl";
import { checkShape, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { type GatherOptions, readGather } from "./rows.js";

/**
 * The gradient of {@link gather} with respect to x: each row gets the sum of the gradients of its copies. An invalid
 * index adds nothing. Each row searches all indices for its own copies, so the work grows with the product of rows and
 * indices. It needs no atomics, and the result has the same bits on every run.
 *
 * @param inputShape the forward's `x.shape`
 * @param indices float32, the forward's `indices`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if `axis` is not an axis of `inputShape`; ShapeError if `inputShape` is invalid, or dy does not
 * have the shape of the forward's output; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Row 0 was taken twice, row 1 never.
 * const indices = backend.tensor([0, 2, 0]);
 * const dy = backend.full([3, 2], 1);
 * await gatherBackward([3, 2], indices, dy).read(); // [2, 2, 0, 0, 1, 1]
 * ```
 */
export function gatherBackward(inputShape: Shape, indices: Tensor, dy: Tensor, options: GatherOptions = {}): Tensor {
  const operator = "gatherBackward";
  checkTensors(operator, { indices, dy });
  const shape = checkShape(operator, "inputShape", inputShape);
  const { attributes, output } = readGather(operator, "inputShape", shape, indices.shape, options);
  checkGradientShape(operator, dy, output);
  const { outer, rows, count, inner } = attributes;
  return execute({
    name: operator,
    inputs: { indices, dy },
    outputs: { dx: shape },
    gpu(launcher, { indices, dy }, { dx }) {
      const lanes = lanesFor(inner);
      const launch = (
        bindings: Parameters<typeof launcher.launch>[0]["bindings"],
        part: { readonly outer: number; readonly count: number; readonly firstRow: number; readonly rowsHere: number },
        add: boolean,
      ) =>
        launcher.launch({
          shader: gatherBackwardShader,
          constants: { FOURS: lanes === 4, ADD: add },
          params: { ...part, rows, inner: inner / lanes },
          bindings,
          invocations: part.outer * part.rowsHere * (inner / lanes),
          work: part.outer * part.rowsHere * (inner / lanes) * part.count,
        });
      if (outer > 1) {
        launcher.forEachBatch(outer, { dx, dy }, (chunk, outer) =>
          launch({ indices, ...chunk }, { outer, count, firstRow: 0, rowsHere: rows }, false),
        );
        return;
      }
      launcher.forEachBatch(rows, { dx }, (rowsChunk, rowsHere, firstRow) =>
        launcher.forEachBatch(count, { indices, dy }, (chunk, count, first) =>
          launch({ ...rowsChunk, ...chunk }, { outer: 1, count, firstRow, rowsHere }, first > 0),
        ),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.gatherBackward(attributes, inputs, outputs),
    terms: count,
  }).dx;
}
