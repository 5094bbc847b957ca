import tanhShader from "../../../shaders/elementwise/tanh.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { launchElements } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { tanhBackward } from "./tanhBackward.js";

/**
 * The hyperbolic tangent.
 * Within six times 2⁻²⁴ of what `tanhMagnitude` (src/runtime/reference/tanh.ts) derives from the accuracy that WGSL grants.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError where x is no tensor; DisposedError, BackendLostError, OutOfMemoryError
 */
export function tanh(x: Tensor): Tensor {
  checkTensors("tanh", { x });
  return execute({
    name: "tanh",
    inputs: { x },
    outputs: { y: x.shape },
    gpu: (launcher, { x }, { y }) => launchElements(launcher, tanhShader, x.elements, { x, y }),
    cpu: ({ x }, { y }, twins) => twins.tanh(x, y),
    terms: 1,
    linearIn: [],
    magnitude: ({ x }, { y }, twins) => twins.tanhMagnitude(x, y),
    backward: ({ outputs: { y }, gradient }) => ({ x: tanhBackward(y, gradient("y")) }),
  }).y;
}
