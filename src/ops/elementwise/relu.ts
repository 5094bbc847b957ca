import reluShader from "../../../shaders/elementwise/relu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { launchElements } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { beforeRelu } from "./reluBackward.js";

/**
 * The rectified linear unit: 0 where x is negative, else x, so that NaN stays NaN.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function relu(x: Tensor): Tensor {
  checkTensors("relu", { x });
  return execute({
    name: "relu",
    inputs: { x },
    outputs: { y: x.shape },
    gpu: (launcher, { x }, { y }) => launchElements(launcher, reluShader, x.elements, { x, y }),
    cpu: ({ x }, { y }, twins) => twins.relu(x, y),
    terms: 0,
    linearIn: [],
    rectifies: true,
    backward: (call) => ({ x: beforeRelu(call) }),
  }).y;
}
