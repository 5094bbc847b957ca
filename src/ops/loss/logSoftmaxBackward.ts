import logSoftmaxBackwardShader from "../../../shaders/loss/logSoftmaxBackward.wgsl";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { lastExtent } from "./lastExtent.js";

/** Estimated operations: a sum and an exponential. */
const WORK_OF_ELEMENT = 20;

/**
 * The gradient of {@link logSoftmax} with respect to its input, from its output: dx = dy − exp(y) · Σ dy.
 *
 * @param y the forward's output, float32 [..., C]
 * @param dy float32, the gradient of y, of the shape of y
 * @param options there are none (see {@link NoOptions})
 * @returns dx, float32 of y's shape
 * @throws OptionError if y or dy is not a tensor; ShapeError if y is a scalar, or dy does not have its shape;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is C, and |dy| + exp(y) · (3 + |y|) · Σ|dy| takes the place of
 * Σ|terms|.
 *
 * @example
 * ```ts
 * const y = logSoftmax(backend.tensor([0, 0, 0, 0]));
 * const dy = backend.tensor([1, 0, 0, 0]);
 * await logSoftmaxBackward(y, dy).read(); // ≈ [0.75, -0.25, -0.25, -0.25]
 * ```
 */
export function logSoftmaxBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  const operator = "logSoftmaxBackward";
  checkTensors(operator, { y, dy });
  checkNoOptions(operator, options);
  const c = lastExtent(operator, "y", y);
  checkGradientShape(operator, dy, y.shape);
  return execute({
    name: operator,
    inputs: { y, dy },
    outputs: { dx: y.shape },
    gpu(launcher, { y, dy }, { dx }) {
      launcher.forEachBatch(y.elements / c, { y, dy, dx }, (bindings, rows) =>
        launcher.launch({
          shader: logSoftmaxBackwardShader,
          constants: { FOURS: lanesFor(c) === 4 },
          params: { c },
          bindings,
          invocations: rows,
          work: rows * c * WORK_OF_ELEMENT,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.logSoftmaxBackward({ c }, inputs, outputs),
    terms: c,
  }).dx;
}
