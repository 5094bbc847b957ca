import leakyReluShader from "../../../shaders/elementwise/leakyRelu.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { launchElements, makeAbsolute } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";
import { type LeakyReluOptions, readAlpha } from "../kit/options.js";
import { leakyReluBackward } from "./leakyReluBackward.js";

/**
 * The leaky rectified linear unit: alpha · x where x is negative, else x, so that NaN stays NaN.
 *
 * @param x float32 of any shape
 * @returns float32 of the same shape
 * @throws OptionError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = {}): Tensor {
  checkTensors("leakyRelu", { x });
  const alpha = readAlpha("leakyRelu", options);
  return execute({
    name: "leakyRelu",
    inputs: { x },
    outputs: { y: x.shape },
    gpu: (launcher, { x }, { y }) => launchElements(launcher, leakyReluShader, x.elements, { x, y }, alpha),
    cpu: ({ x }, { y }, twins) => twins.leakyRelu(alpha, x, y),
    terms: 1,
    linearIn: [],
    magnitude({ x }, { y }, twins) {
      twins.leakyRelu(alpha, x, y);
      makeAbsolute(y);
    },
    backward: ({ inputs: { x }, gradient }) => ({ x: leakyReluBackward(x, gradient("y"), { alpha }) }),
  }).y;
}
