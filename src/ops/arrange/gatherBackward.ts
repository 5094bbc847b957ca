import gatherBackwardShader from "../../../shaders/arrange/gatherBackward.wgsl";
import { checkShape, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { type GatherOptions, readGather } from "./rows.js";

/**
 * The gradient of `gather` with respect to x: each row gets the sum of the gradients of its copies. Indices that name no
 * row add nothing. Its work grows with the product of rows and indices, because each row looks for its own copies: no
 * atomics, and the same bits on every run.
 *
 * @param inputShape the forward's `x.shape`
 * @param indices the forward's
 * @param dy the gradient of the forward's output, of that output's shape
 * @param options the forward's
 * @returns dx, of `inputShape`
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
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
