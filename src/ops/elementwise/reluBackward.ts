import reluBackwardShader from "../../../shaders/elementwise/reluBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape, launchElements } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";

/**
 * The gradient of `relu` with respect to its input: dy where y is positive or NaN, else 0. Taking the output, it serves an activation that is fused into a convolution as well.
 *
 * @param y the forward's output
 * @param dy the gradient of it, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where y or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function reluBackward(y: Tensor, dy: Tensor): Tensor {
  checkTensors("reluBackward", { y, dy });
  checkGradientShape("reluBackward", dy, y.shape);
  return execute({
    name: "reluBackward",
    inputs: { y, dy },
    outputs: { dx: y.shape },
    gpu: (launcher, { y, dy }, { dx }) => launchElements(launcher, reluBackwardShader, y.elements, { y, dy, dx }),
    cpu: ({ y, dy }, { dx }, twins) => twins.reluBackward(y, dy, dx),
    terms: 0,
    linearIn: [],
  }).dx;
}

/** What an operation with a rectifier at its end knows of its output y when its gradients are asked for. */
interface Rectified {
  readonly outputs: { readonly y: Tensor };
  gradient(output: "y"): Tensor;
  masked(output: "y"): boolean;
}

/** The gradient of what the rectifier was given: that of y, where what computed it has masked it already. */
export function beforeRelu({ outputs: { y }, gradient, masked }: Rectified): Tensor {
  return masked("y") ? gradient("y") : reluBackward(y, gradient("y"));
}
