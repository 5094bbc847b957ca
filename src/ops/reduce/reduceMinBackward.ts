import { reshape, type Tensor } from "../../core/tensor.js";
import { checkAxes } from "../kit/broadcast.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchExtremumBackward } from "./extremumBackward.js";
import { type ReduceOptions, readReduction } from "./reduction.js";

/**
 * The gradient of {@link reduceMin} with respect to its input: the elements that equal the minimum share dy evenly, as
 * in PyTorch's `amin`. All others get 0. If the minimum is NaN, the elements that are NaN share dy.
 *
 * @param x float32, the forward's `x`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `x.shape`
 * @throws OptionError if an option is invalid; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 5, 1], [4, 2, 6]]);
 * const dy = backend.full([2], 1);
 * await reduceMinBackward(x, dy, { axes: [1] }).read(); // [0.5, 0, 0.5, 0, 1, 0]
 * ```
 */
export function reduceMinBackward(x: Tensor, dy: Tensor, options: ReduceOptions = {}): Tensor {
  const operator = "reduceMinBackward";
  checkTensors(operator, { x, dy });
  const { shape } = x;
  const { keptShape, outputShape, count } = readReduction(operator, shape, options);
  checkGradientShape(operator, dy, outputShape);
  checkAxes(operator, shape, [keptShape], `x [${shape.join(", ")}], reduced to [${keptShape.join(", ")}]`);
  if (count === 1) return reshape(dy, shape);
  return execute({
    name: operator,
    inputs: { x, dy },
    outputs: { dx: shape },
    gpu: (launcher, inputs, outputs) =>
      launchExtremumBackward(launcher, "min", shape, keptShape, { ...inputs, ...outputs }),
    cpu: (kernels, inputs, outputs) => kernels.reduceMinBackward({ shape, keptShape }, inputs, outputs),
    terms: 1,
  }).dx;
}
