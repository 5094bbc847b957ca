import adamUpdateShader from "../../../shaders/optimizerSteps/adamUpdate.wgsl";
import type { AdamSettings } from "../../core/attributes.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { checkUpdate, readDecayRate, readWeightDecay } from "./options.js";

/** The options of {@link adamUpdate}. */
export interface AdamUpdateOptions {
  /** The decay rate of the mean gradient m, in [0, 1). 0.9 if left out. */
  readonly beta1?: number | undefined;
  /** The decay rate of the mean square v, in [0, 1). 0.999 if left out. */
  readonly beta2?: number | undefined;
  /** Keeps the divisor above 0. 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** The factor of the weight decay. 0 if left out. */
  readonly weightDecay?: number | undefined;
  /**
   * True: w decays by learningRate · weightDecay · w (AdamW). False: weightDecay · w is added to the gradient. False if
   * left out.
   */
  readonly decoupled?: boolean | undefined;
}

/**
 * One step of Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1), or with
 * `decoupled` of AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019). With g =
 * gradientScale · dw, plus weightDecay · w unless decoupled,
 *
 *     m ← beta1 · m + (1 − beta1) · g
 *     v ← beta2 · v + (1 − beta2) · g²
 *     w ← w − learningRate · (m / (1 − beta1ᵗ)) / (√(v / (1 − beta2ᵗ)) + epsilon)
 *
 * This is PyTorch's definition. Keras adds epsilon before the correction of v. No tensor is changed in place.
 *
 * @param w float32 of any shape
 * @param dw float32, the gradient of w, of the shape of w
 * @param m float32 of the shape of w, zeros at first
 * @param v float32 of the shape of w, zeros at first
 * @param hyper float32 [learningRate, gradientScale, 1 − beta1ᵗ, 1 − beta2ᵗ] at the t-th step, counted from 1. It is a
 * tensor, because a recorded step can then change the values
 * @param options `beta1`, `beta2`, `epsilon`, `weightDecay` and `decoupled`, see {@link AdamUpdateOptions}
 * @returns the next w, m and v, float32 of the shape of w
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape of w, or `hyper` has
 * another length; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The error is at most 24 · 2⁻²⁴ times the magnitude that `adamUpdateMagnitude` (src/runtime/reference/adamUpdate.ts)
 * derives from the accuracy that WGSL demands.
 *
 * @example
 * ```ts
 * const [w, dw] = [backend.tensor([1, 1]), backend.tensor([2, -4])];
 * const [m, v] = [backend.zeros([2]), backend.zeros([2])];
 * // Learning rate, gradient scale, and 1 − beta1ᵗ and 1 − beta2ᵗ of the first step:
 * const hyper = backend.tensor([0.1, 1, 1 - 0.9, 1 - 0.999]);
 * const next = adamUpdate(w, dw, m, v, hyper);
 * await next.w.read(); // ≈ [0.9, 1.1]
 * await next.m.read(); // ≈ [0.2, -0.4]
 * await next.v.read(); // ≈ [0.004, 0.016]
 * ```
 */
export function adamUpdate(
  w: Tensor,
  dw: Tensor,
  m: Tensor,
  v: Tensor,
  hyper: Tensor,
  options: AdamUpdateOptions = {},
): { readonly w: Tensor; readonly m: Tensor; readonly v: Tensor } {
  const operator = "adamUpdate";
  checkTensors(operator, { w, dw, m, v, hyper });
  checkUpdate(operator, { w, dw, m, v, hyper }, ["learningRate", "gradientScale", "1 − beta1ᵗ", "1 − beta2ᵗ"]);
  const { decoupled, ...given } = readAdam(operator, options, ["decoupled"]);
  const numbers = {
    beta1: Math.fround(given.beta1),
    beta2: Math.fround(given.beta2),
    epsilon: Math.fround(given.epsilon),
    weightDecay: Math.fround(given.weightDecay),
  };
  const settings = { ...numbers, decoupled };
  return execute({
    name: operator,
    inputs: { w, dw, m, v, hyper },
    outputs: { w: w.shape, m: w.shape, v: w.shape },
    gpu(launcher, { w, dw, m, v, hyper }, next) {
      const lanes = lanesFor(w.elements);
      const storages = { w, dw, m, v, wNext: next.w, mNext: next.m, vNext: next.v };
      launcher.forEachBatch(w.elements / lanes, storages, (chunk, tiles) => {
        const { params, invocationsPerRow } = inStrips(launcher.traits, 1, tiles, 1);
        launcher.launch({
          shader: adamUpdateShader,
          constants: { FOURS: lanes === 4, DECOUPLED: decoupled },
          params: {
            tiles,
            tilesOfInvocation: params.tilesOfStrip,
            ...numbers,
            oneMinusBeta1: 1 - numbers.beta1,
            oneMinusBeta2: 1 - numbers.beta2,
          },
          bindings: { ...chunk, hyper },
          invocations: invocationsPerRow,
          work: 8 * tiles * lanes,
        });
      });
    },
    cpu: (kernels, inputs, outputs) => kernels.adamUpdate(settings, inputs, outputs),
    terms: 4,
  });
}

/** @param weightDecay the default of the option @throws OptionError */
export function readAdam(
  operator: string,
  options: object,
  alsoKnown: readonly string[],
  weightDecay = 0,
): AdamSettings {
  const reader = new OptionReader(operator, options, [...alsoKnown, "beta1", "beta2", "epsilon", "weightDecay"]);
  return {
    beta1: readDecayRate(operator, reader, "beta1", 0.9),
    beta2: readDecayRate(operator, reader, "beta2", 0.999),
    epsilon: reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-7),
    ...readWeightDecay(reader, alsoKnown, weightDecay),
  };
}
