import meanSquaredErrorBackwardShader from "../../../shaders/loss/meanSquaredErrorBackward.wgsl";
import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { checkTargets } from "./options.js";

/**
 * The gradients of `meanSquaredError`: 2 (predictions − targets) · dy / size, and its negative.
 *
 * @param predictions the forward's
 * @param targets the forward's
 * @param dy the gradient of the forward's output, a scalar []
 * @returns dpredictions and dtargets, of the shape of predictions
 * @throws ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function meanSquaredErrorBackward(
  predictions: Tensor,
  targets: Tensor,
  dy: Tensor,
): { readonly dpredictions: Tensor; readonly dtargets: Tensor } {
  const operator = "meanSquaredErrorBackward";
  checkTensors(operator, { predictions, targets, dy });
  checkTargets(operator, predictions, targets);
  if (dy.shape.length > 0) {
    throw new ShapeError(`${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [], a scalar`);
  }
  const { shape, size } = predictions;
  return execute({
    name: operator,
    inputs: { predictions, targets, dy },
    outputs: { dpredictions: shape, dtargets: shape },
    gpu(launcher, { predictions, targets, dy }, { dpredictions, dtargets }) {
      const lanes = lanesFor(size);
      launcher.forEachBatch(size / lanes, { predictions, targets, dpredictions, dtargets }, (chunk, tiles) => {
        const { params, invocationsPerRow } = inStrips(launcher.traits, 1, tiles, 1);
        launcher.launch({
          shader: meanSquaredErrorBackwardShader,
          constants: { FOURS: lanes === 4 },
          params: { tiles, tilesOfInvocation: params.tilesOfStrip, scale: 2 / size },
          bindings: { ...chunk, dy },
          invocations: invocationsPerRow,
          work: 3 * tiles * lanes,
        });
      });
    },
    cpu: (kernels, inputs, outputs) => kernels.meanSquaredErrorBackward(undefined, inputs, outputs),
    terms: 1,
  });
}
