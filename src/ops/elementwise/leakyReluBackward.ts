import leakyReluBackwardShader from "../../../shaders/elementwise/leakyReluBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape, launchElements, makeAbsolute } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { type LeakyReluOptions, readAlpha } from "../kit/options.js";

/**
 * The gradient of `leakyRelu` with respect to its input: dy where x is positive or NaN, else alpha · dy.
 *
 * @param x the forward's input
 * @param dy the gradient of the forward's output, of its shape
 * @param options the forward's
 * @returns dx, of the same shape
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function leakyReluBackward(x: Tensor, dy: Tensor, options: LeakyReluOptions = {}): Tensor {
  const operator = "leakyReluBackward";
  checkTensors(operator, { x, dy });
  const alpha = readAlpha(operator, options);
  checkGradientShape(operator, dy, x.shape);
  return execute({
    name: operator,
    inputs: { x, dy },
    outputs: { dx: x.shape },
    gpu: (launcher, { x, dy }, { dx }) =>
      launchElements(launcher, leakyReluBackwardShader, x.elements, { x, dy, dx }, alpha),
    cpu: ({ x, dy }, { dx }, twins) => twins.leakyReluBackward(alpha, x, dy, dx),
    terms: 1,
    linearIn: [],
    magnitude({ x, dy }, { dx }, twins) {
      twins.leakyReluBackward(alpha, x, dy, dx);
      makeAbsolute(dx);
    },
  }).dx;
}
