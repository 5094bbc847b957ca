import reduceSumBackwardShader from "../../../shaders/reduce/reduceSumBackward.wgsl";
import { checkShape, type Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkAxes, launchBroadcast, operand } from "../kit/broadcast.js";
import { checkGradientShape } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { type ReduceOptions, readReduction } from "./reduction.js";

/**
 * The gradient of {@link reduceSum} with respect to its input: each element gets the dy of its sum.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if dy does not have the shape of the forward's output;
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.tensor([10, 20]);
 * await reduceSumBackward([2, 3], dy, { axes: [1] }).read(); // [10, 10, 10, 20, 20, 20]
 * ```
 */
export function reduceSumBackward(inputShape: Shape, dy: Tensor, options: ReduceOptions = {}): Tensor {
  const operator = "reduceSumBackward";
  checkTensors(operator, { dy });
  const shape = checkShape(operator, "inputShape", inputShape);
  const { keptShape, outputShape, count } = readReduction(operator, shape, options);
  checkGradientShape(operator, dy, outputShape);
  checkAxes(operator, shape, [keptShape], `inputShape [${shape.join(", ")}], reduced to [${keptShape.join(", ")}]`);
  if (count === 1) return reshape(dy, shape);
  return execute({
    name: operator,
    inputs: { dy },
    outputs: { dx: shape },
    gpu: (launcher, { dy }, { dx }) =>
      launchBroadcast(launcher, {
        shader: reduceSumBackwardShader,
        a: operand("dy", dy, keptShape),
        output: operand("dx", dx, shape),
      }),
    cpu: (kernels, inputs, outputs) => kernels.reduceSumBackward({ shape, keptShape }, inputs, outputs),
    terms: 0,
  }).dx;
}
