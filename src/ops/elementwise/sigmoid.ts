import sigmoidShader from "../../../shaders/elementwise/sigmoid.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { launchElements } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { sigmoidBackward } from "./sigmoidBackward.js";

/**
 * The logistic function, 1 / (1 + exp(−x)).
 * Within six times 2⁻²⁴ of what `sigmoidMagnitude` (src/runtime/reference/sigmoid.ts) derives from the accuracy that WGSL grants.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function sigmoid(x: Tensor): Tensor {
  checkTensors("sigmoid", { x });
  return execute({
    name: "sigmoid",
    inputs: { x },
    outputs: { y: x.shape },
    gpu: (launcher, { x }, { y }) => launchElements(launcher, sigmoidShader, x.elements, { x, y }),
    cpu: ({ x }, { y }, twins) => twins.sigmoid(x, y),
    terms: 1,
    linearIn: [],
    magnitude: ({ x }, { y }, twins) => twins.sigmoidMagnitude(x, y),
    backward: ({ outputs: { y }, gradient }) => ({ x: sigmoidBackward(y, gradient("y")) }),
  }).y;
}
