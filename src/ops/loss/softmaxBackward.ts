import softmaxBackwardShader from "../../../shaders/loss/softmaxBackward.wgsl";
import { ShapeError } from "../../core/errors.js";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import { sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { lastExtent } from "./lastExtent.js";

/**
 * The gradient of {@link softmax} with respect to its input, from its output: dx = y · (dy − Σ y · dy).
 *
 * @param y the forward's output, float32 [..., C]
 * @param dy float32, the gradient of y, of the shape of y
 * @param options there are none (see {@link NoOptions})
 * @returns dx, float32 of y's shape
 * @throws OptionError if y or dy is not a tensor; ShapeError if y is a scalar, or dy does not have its shape;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const y = softmax(backend.tensor([0, 0, 0, 0]));
 * const dy = backend.tensor([1, 0, 0, 0]);
 * await softmaxBackward(y, dy).read(); // ≈ [0.188, -0.0625, -0.0625, -0.0625]
 * ```
 */
export function softmaxBackward(y: Tensor, dy: Tensor, options: NoOptions = {}): Tensor {
  const operator = "softmaxBackward";
  checkTensors(operator, { y, dy });
  checkNoOptions(operator, options);
  const c = lastExtent(operator, "y", y);
  if (!sameShape(dy.shape, y.shape)) {
    throw new ShapeError(
      `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${y.shape.join(", ")}]`,
    );
  }
  return execute({
    name: operator,
    inputs: { y, dy },
    outputs: { dx: y.shape },
    gpu(launcher, { y, dy }, { dx }) {
      launcher.forEachBatch(y.elements / c, { y, dy, dx }, (bindings, rows) =>
        launcher.launch({
          shader: softmaxBackwardShader,
          constants: { FOURS: lanesFor(c) === 4 },
          params: { c },
          bindings,
          invocations: rows,
          work: 4 * rows * c,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.softmaxBackward({ c }, inputs, outputs),
    terms: c,
  }).dx;
}
