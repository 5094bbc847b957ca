import meanSquaredErrorShader from "../../../shaders/loss/meanSquaredError.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { launchSliced } from "../kit/slices.js";
import { meanSquaredErrorBackward } from "./meanSquaredErrorBackward.js";
import { checkTargets } from "./options.js";
import { slicesOfLoss } from "./plan.js";

/**
 * The mean of (predictions − targets)² over all elements.
 *
 * @param predictions float32 of any shape
 * @param targets of the same shape
 * @returns a scalar []
 * @throws ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function meanSquaredError(predictions: Tensor, targets: Tensor): Tensor {
  checkTensors("meanSquaredError", { predictions, targets });
  checkTargets("meanSquaredError", predictions, targets);
  const { size } = predictions;
  return execute({
    name: "meanSquaredError",
    inputs: { predictions, targets },
    outputs: { loss: [] },
    gpu(launcher, inputs, { loss }) {
      const lanes = lanesFor(size);
      const kernel = { shader: meanSquaredErrorShader, constants: { FOURS: lanes === 4 } };
      const slices = slicesOfLoss(size / lanes, size, launcher.traits);
      const sum = { images: size / lanes, rowsPerImage: 1, inputs, total: loss, workPerImage: 3 * lanes };
      launchSliced(launcher, { ...kernel, slices, invocations: 1 }, sum, ({ inputs, images, partial, add }) => ({
        shader: kernel.shader,
        constants: { ...kernel.constants, ADD: add },
        params: { tiles: images, slices, scale: 1 / size },
        bindings: { ...inputs, partial },
      }));
    },
    cpu: (kernels, inputs, outputs) => kernels.meanSquaredError(undefined, inputs, outputs),
    terms: size,
    backward({ inputs: { predictions, targets }, gradient }) {
      const { dpredictions, dtargets } = meanSquaredErrorBackward(predictions, targets, gradient("loss"));
      return { predictions: dpredictions, targets: dtargets };
    },
  }).loss;
}
