import sgdUpdateShader from "../../../shaders/optimizerSteps/sgdUpdate.wgsl";
import type { SgdSettings } from "../../core/attributes.js";
import { OptionError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { checkUpdate } from "./options.js";

/** The options of {@link sgdUpdate}. */
export interface SgdUpdateOptions {
  /** The factor of the velocity, in [0, 1). 0 if left out. */
  readonly momentum?: number | undefined;
  /** Whether to use Nesterov's momentum. It needs a momentum above 0. False if left out. */
  readonly nesterov?: boolean | undefined;
  /** An L2 penalty: weightDecay · w is added to the gradient. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/**
 * One step of stochastic gradient descent, after PyTorch's definition: with g = gradientScale · dw + weightDecay · w,
 *
 *     velocity ← momentum · velocity + g
 *     w ← w − learningRate · velocity, or, with Nesterov's momentum, w − learningRate · (g + momentum · velocity)
 *
 * Keras multiplies by the learning rate inside the velocity. Both give the same result while the rate does not change.
 * No tensor is changed in place.
 *
 * @param w float32 of any shape
 * @param dw float32, the gradient of w, of the shape of w
 * @param velocity float32 of the shape of w, zeros at first
 * @param hyper float32 [learningRate, gradientScale]. It is a tensor, because a recorded step can then change the
 * values
 * @param options `momentum`, `nesterov` and `weightDecay`, see {@link SgdUpdateOptions}
 * @returns the next w and velocity, float32 of the shape of w
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape of w, or `hyper` has
 * another length; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const [w, dw] = [backend.tensor([1, 1]), backend.tensor([2, -4])];
 * // Learning rate and gradient scale:
 * const hyper = backend.tensor([0.5, 1]);
 * const first = sgdUpdate(w, dw, backend.zeros([2]), hyper, { momentum: 0.5 });
 * await first.w.read(); // [0, 3]
 * const second = sgdUpdate(first.w, dw, first.velocity, hyper, { momentum: 0.5 });
 * await second.velocity.read(); // [3, -6]
 * await second.w.read(); // [-1.5, 6]
 * ```
 */
export function sgdUpdate(
  w: Tensor,
  dw: Tensor,
  velocity: Tensor,
  hyper: Tensor,
  options?: SgdUpdateOptions,
): { readonly w: Tensor; readonly velocity: Tensor };
/**
 * The same step, for a velocity that may be undefined. Without it, w ← w − learningRate · g.
 *
 * @param w float32 of any shape
 * @param dw float32, the gradient of w, of the shape of w
 * @param velocity float32 of the shape of w, or undefined without momentum
 * @param hyper float32 [learningRate, gradientScale]
 * @param options `momentum`, `nesterov` and `weightDecay`, see {@link SgdUpdateOptions}
 * @returns the next w, and the next velocity if there is a velocity, float32 of the shape of w
 * @throws OptionError if an option is invalid, or `momentum` is above 0 without a velocity; ShapeError if a tensor does
 * not have the shape of w, or `hyper` has another length; DisposedError, BackendMismatchError, BackendLostError,
 * OutOfMemoryError
 *
 * @example
 * ```ts
 * const [w, dw] = [backend.tensor([1, 1]), backend.tensor([2, -4])];
 * // Learning rate and gradient scale:
 * const hyper = backend.tensor([0.5, 1]);
 * const next = sgdUpdate(w, dw, undefined, hyper);
 * await next.w.read(); // [0, 3]
 * ```
 */
export function sgdUpdate(
  w: Tensor,
  dw: Tensor,
  velocity: Tensor | undefined,
  hyper: Tensor,
  options?: SgdUpdateOptions,
): { readonly w: Tensor; readonly velocity?: Tensor | undefined };
export function sgdUpdate(
  w: Tensor,
  dw: Tensor,
  velocity: Tensor | undefined,
  hyper: Tensor,
  options: SgdUpdateOptions = {},
): { readonly w: Tensor; readonly velocity?: Tensor | undefined } {
  const operator = "sgdUpdate";
  checkTensors(operator, { w, dw, velocity, hyper }, ["velocity"]);
  checkUpdate(operator, { w, dw, velocity, hyper }, ["learningRate", "gradientScale"]);
  const given = readSgd(operator, options);
  const { nesterov } = given;
  const momentum = Math.fround(given.momentum);
  const weightDecay = Math.fround(given.weightDecay);
  if (momentum > 0 && !velocity) {
    throw new OptionError(`${operator}: momentum is ${given.momentum}, but velocity is undefined; start it with zeros`);
  }
  const outputs: { w: Shape; velocity?: Shape } = velocity ? { w: w.shape, velocity: w.shape } : { w: w.shape };
  const settings = { momentum, nesterov, weightDecay };
  return execute({
    name: operator,
    inputs: { w, dw, velocity, hyper },
    outputs,
    gpu(launcher, { w, dw, velocity, hyper }, next) {
      const lanes = lanesFor(w.elements);
      const moments: Record<string, Storage> =
        velocity && next.velocity ? { velocity, velocityNext: next.velocity } : {};
      launcher.forEachBatch(w.elements / lanes, { w, dw, wNext: next.w, ...moments }, (chunk, tiles) => {
        const { params, invocationsPerRow } = inStrips(launcher.traits, 1, tiles, 1);
        launcher.launch({
          shader: sgdUpdateShader,
          constants: { FOURS: lanes === 4, HAS_VELOCITY: velocity !== undefined, NESTEROV: nesterov },
          params: { tiles, tilesOfInvocation: params.tilesOfStrip, momentum, weightDecay },
          bindings: { ...chunk, hyper },
          invocations: invocationsPerRow,
          work: 4 * tiles * lanes,
        });
      });
    },
    cpu: (kernels, inputs, outputs) => kernels.sgdUpdate(settings, inputs, outputs),
    // The terms: w, and the parts of its step that come from dw, from the weight decay and from the velocity.
    terms: 4,
  });
}

/** @throws OptionError */
export function readSgd(operator: string, options: object, alsoKnown: readonly string[] = []): SgdSettings {
  const reader = new OptionReader(operator, options, [...alsoKnown, "momentum", "nesterov", "weightDecay"]);
  const momentum = reader.numberFrom("momentum", 0, 1, 0);
  const nesterov = reader.boolean("nesterov", false);
  const weightDecay = reader.numberFrom("weightDecay", 0, Number.POSITIVE_INFINITY, 0);
  if (nesterov && momentum === 0) {
    throw new OptionError(`${operator}: nesterov is true, expected a momentum with it, such as 0.9`);
  }
  return { momentum, nesterov, weightDecay };
}
