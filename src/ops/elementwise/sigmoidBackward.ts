import sigmoidBackwardShader from "../../../shaders/elementwise/sigmoidBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape, launchElements, makeAbsolute } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";

/**
 * The gradient of `sigmoid` with respect to its input: dy · y · (1 − y).
 *
 * @param y the forward's output
 * @param dy the gradient of it, of its shape
 * @returns dx, of the same shape
 * @throws OptionError where y or dy is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function sigmoidBackward(y: Tensor, dy: Tensor): Tensor {
  checkTensors("sigmoidBackward", { y, dy });
  checkGradientShape("sigmoidBackward", dy, y.shape);
  return execute({
    name: "sigmoidBackward",
    inputs: { y, dy },
    outputs: { dx: y.shape },
    gpu: (launcher, { y, dy }, { dx }) => launchElements(launcher, sigmoidBackwardShader, y.elements, { y, dy, dx }),
    cpu: ({ y, dy }, { dx }, twins) => twins.sigmoidBackward(y, dy, dx),
    terms: 1,
    linearIn: [],
    magnitude({ y, dy }, { dx }, twins) {
      twins.sigmoidBackward(y, dy, dx);
      makeAbsolute(dx);
    },
  }).dx;
}
