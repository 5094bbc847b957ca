import averagesShader from "../../../shaders/optimizerSteps/rmspropUpdate/averages.wgsl";
import stepShader from "../../../shaders/optimizerSteps/rmspropUpdate/step.wgsl";
import type { RmspropSettings } from "../../core/attributes.js";
import { OptionError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { checkUpdate, readDecayRate, readWeightDecay } from "./options.js";

/** The options of {@link rmspropUpdate}. */
export interface RmspropUpdateOptions {
  /** The decay rate of the averages v and m, in [0, 1). 0.9 if left out, as in Keras (PyTorch's `alpha`: 0.99). */
  readonly rho?: number | undefined;
  /** The factor of the velocity, in [0, 1). 0 if left out. Needs a velocity if it is above 0. */
  readonly momentum?: number | undefined;
  /** Keeps the argument of the square root above 0. 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** Whether the step is divided by the root of the gradient's variance, v − m². Needs m. False if left out. */
  readonly centered?: boolean | undefined;
  /** The factor of the weight decay. 0 if left out. */
  readonly weightDecay?: number | undefined;
  /**
   * True: w decays by learningRate · weightDecay · w, as in Keras. False: weightDecay · w is added to the gradient, as
   * in PyTorch. False if left out.
   */
  readonly decoupled?: boolean | undefined;
}

/** The next values of one step of RMSprop. Each is float32 of the shape of w. */
export interface RmspropUpdate {
  /** The next w. */
  readonly w: Tensor;
  /** The next average of the squared gradient. */
  readonly v: Tensor;
  /** The next velocity, if one was given. */
  readonly velocity?: Tensor | undefined;
  /** The next average of the gradient, if one was given. */
  readonly m?: Tensor | undefined;
}

/**
 * One step of RMSprop (Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera, 2012; centered: Graves, "Generating
 * Sequences With Recurrent Neural Networks", 2013), after Keras 3's definition. With g = gradientScale · dw, plus
 * weightDecay · w unless decoupled,
 *
 *     v ← rho · v + (1 − rho) · g²,   m ← rho · m + (1 − rho) · g
 *     change = learningRate · g / √(v + epsilon), or, centered, learningRate · g / √(max(v − m², 0) + epsilon)
 *     velocity ← momentum · velocity + change
 *     w ← w − velocity, or, without velocity, w − change
 *
 * PyTorch adds epsilon outside of the root, √v + epsilon, and multiplies by the learning rate after the velocity. No
 * tensor is changed in place.
 *
 * @typeParam Velocity Tensor or undefined, as `velocity`
 * @typeParam Mean Tensor or undefined, as `m`
 * @param w float32 of any shape
 * @param dw float32, the gradient of w, of the shape of w
 * @param v float32, the average of g², of the shape of w, zeros at first
 * @param velocity float32 of the shape of w, zeros at first. Undefined without momentum
 * @param m float32, the average of g, of the shape of w, zeros at first. Undefined unless centered
 * @param hyper float32 [learningRate, gradientScale]. It is a tensor, because a recorded step can then change the
 * values
 * @param options `rho`, `momentum`, `epsilon`, `centered`, `weightDecay` and `decoupled`, see
 * {@link RmspropUpdateOptions}
 * @returns the next w and v, and the next velocity and m if there are any, float32 of the shape of w
 * @throws OptionError if an option is invalid, `momentum` is above 0 without a velocity, or `centered` does not go with
 * m; ShapeError if a tensor does not have the shape of w, or `hyper` has another length; DisposedError,
 * BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The error is at most 24 · 2⁻²⁴ times the magnitude that `rmspropUpdateMagnitude`
 * (src/runtime/reference/rmspropUpdate.ts) derives from the accuracy that WGSL demands.
 *
 * @example
 * ```ts
 * const [w, dw] = [backend.tensor([1, 1]), backend.tensor([2, -4])];
 * // Learning rate and gradient scale:
 * const hyper = backend.tensor([0.1, 1]);
 * const next = rmspropUpdate(w, dw, backend.zeros([2]), undefined, undefined, hyper);
 * await next.w.read(); // ≈ [0.684, 1.32]
 * await next.v.read(); // ≈ [0.4, 1.6]
 * ```
 */
export function rmspropUpdate<Velocity extends Tensor | undefined, Mean extends Tensor | undefined>(
  w: Tensor,
  dw: Tensor,
  v: Tensor,
  velocity: Velocity,
  m: Mean,
  hyper: Tensor,
  options?: RmspropUpdateOptions,
): RmspropUpdate & { readonly velocity: Velocity; readonly m: Mean };
export function rmspropUpdate(
  w: Tensor,
  dw: Tensor,
  v: Tensor,
  velocity: Tensor | undefined,
  m: Tensor | undefined,
  hyper: Tensor,
  options: RmspropUpdateOptions = {},
): RmspropUpdate {
  const operator = "rmspropUpdate";
  checkTensors(operator, { w, dw, v, velocity, m, hyper }, ["velocity", "m"]);
  checkUpdate(operator, { w, dw, v, velocity, m, hyper }, ["learningRate", "gradientScale"]);
  const given = readRmsprop(operator, options);
  if (given.momentum > 0 && !velocity) {
    throw new OptionError(`${operator}: momentum is ${given.momentum}, but velocity is undefined; start it with zeros`);
  }
  if (given.centered !== (m !== undefined)) {
    const advice = m ? "leave m undefined, or set centered" : "start m with zeros";
    throw new OptionError(
      `${operator}: centered is ${given.centered}, but m is ${m ? "given" : "undefined"}; ${advice}`,
    );
  }
  const { centered, decoupled } = given;
  const numbers = {
    rho: Math.fround(given.rho),
    momentum: Math.fround(given.momentum),
    epsilon: Math.fround(given.epsilon),
    weightDecay: Math.fround(given.weightDecay),
  };
  const outputs: { w: Shape; v: Shape; velocity?: Shape; m?: Shape } = { w: w.shape, v: w.shape };
  if (velocity) outputs.velocity = w.shape;
  if (m) outputs.m = w.shape;
  return execute({
    name: operator,
    inputs: { w, dw, v, velocity, m, hyper },
    outputs,
    gpu(launcher, { w, dw, v, velocity, m, hyper }, next) {
      const lanes = lanesFor(w.elements);
      const launchEach = (
        shader: typeof stepShader,
        flags: Readonly<Record<string, boolean>>,
        storages: Readonly<Record<string, Storage>>,
      ) =>
        launcher.forEachBatch(w.elements / lanes, storages, (chunk, tiles) => {
          const { params, invocationsPerRow } = inStrips(launcher.traits, 1, tiles, 1);
          launcher.launch({
            shader,
            constants: { FOURS: lanes === 4, DECOUPLED: decoupled, ...flags },
            params: { tiles, tilesOfInvocation: params.tilesOfStrip, ...numbers, oneMinusRho: 1 - numbers.rho },
            bindings: { ...chunk, hyper },
            invocations: invocationsPerRow,
            work: 8 * tiles * lanes,
          });
        });
      const averages: Record<string, Storage> = { v, vNext: next.v };
      if (m && next.m) {
        launchEach(averagesShader, {}, { w, dw, v, m, vNext: next.v, mNext: next.m });
        Object.assign(averages, { v: next.v, m: next.m });
      }
      const moments: Record<string, Storage> =
        velocity && next.velocity ? { velocity, velocityNext: next.velocity } : {};
      const flags = { CENTERED: centered, HAS_VELOCITY: velocity !== undefined };
      launchEach(stepShader, flags, { w, dw, wNext: next.w, ...averages, ...moments });
    },
    cpu: (kernels, inputs, outputs) => kernels.rmspropUpdate({ ...numbers, centered, decoupled }, inputs, outputs),
    terms: 4,
  });
}

/** @throws OptionError */
export function readRmsprop(
  operator: string,
  options: object,
  alsoKnown: readonly string[] = ["decoupled"],
): RmspropSettings {
  const known = [...alsoKnown, "rho", "momentum", "epsilon", "centered", "weightDecay"];
  const reader = new OptionReader(operator, options, known);
  return {
    rho: readDecayRate(operator, reader, "rho", 0.9),
    momentum: reader.numberFrom("momentum", 0, 1, 0),
    epsilon: reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-7),
    centered: reader.boolean("centered", false),
    ...readWeightDecay(reader, alsoKnown),
  };
}
