import tanhBackwardShader from "../../../shaders/elementwise/tanhBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape, launchElements, makeAbsolute } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";

/**
 * The gradient of `tanh` with respect to its input: dy · (1 − y²).
 *
 * @param y the forward's output
 * @param dy the gradient of it, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where y or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function tanhBackward(y: Tensor, dy: Tensor): Tensor {
  checkTensors("tanhBackward", { y, dy });
  checkGradientShape("tanhBackward", dy, y.shape);
  return execute({
    name: "tanhBackward",
    inputs: { y, dy },
    outputs: { dx: y.shape },
    gpu: (launcher, { y, dy }, { dx }) => launchElements(launcher, tanhBackwardShader, y.elements, { y, dy, dx }),
    cpu: ({ y, dy }, { dx }, twins) => twins.tanhBackward(y, dy, dx),
    terms: 1,
    linearIn: [],
    magnitude({ y, dy }, { dx }, twins) {
      twins.tanhBackward(y, dy, dx);
      makeAbsolute(dx);
    },
  }).dx;
}
