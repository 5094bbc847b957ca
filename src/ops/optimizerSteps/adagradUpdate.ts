import adagradUpdateShader from "../../../shaders/optimizerSteps/adagradUpdate.wgsl";
import type { AdagradSettings } from "../../core/attributes.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { checkUpdate, readWeightDecay } from "./options.js";

/** The options of {@link adagradUpdate}. */
export interface AdagradUpdateOptions {
  /** Keeps the argument of the square root above 0. 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** The factor of the weight decay. 0 if left out. */
  readonly weightDecay?: number | undefined;
  /**
   * True: w decays by learningRate · weightDecay · w, as in Keras. False: weightDecay · w is added to the gradient, as
   * in PyTorch. False if left out.
   */
  readonly decoupled?: boolean | undefined;
}

/**
 * One step of Adagrad (Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
 * Optimization", JMLR 12, 2011), after Keras 3's definition. With g = gradientScale · dw, plus weightDecay · w unless
 * decoupled,
 *
 *     accumulator ← accumulator + g²
 *     w ← w − learningRate · g / √(accumulator + epsilon)
 *
 * PyTorch adds epsilon outside of the root, √accumulator + epsilon. No tensor is changed in place.
 *
 * @param w float32 of any shape
 * @param dw float32, the gradient of w, of the shape of w
 * @param accumulator float32 of the shape of w. Keras starts it with 0.1, PyTorch with 0
 * @param hyper float32 [learningRate, gradientScale]. It is a tensor, because a recorded step can then change the
 * values
 * @param options `epsilon`, `weightDecay` and `decoupled`, see {@link AdagradUpdateOptions}
 * @returns the next w and accumulator, float32 of the shape of w
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape of w, or `hyper` has
 * another length; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The error is at most 24 · 2⁻²⁴ times the magnitude that `adagradUpdateMagnitude`
 * (src/runtime/reference/adagradUpdate.ts) derives from the accuracy that WGSL demands.
 *
 * @example
 * ```ts
 * const [w, dw] = [backend.tensor([1, 1]), backend.tensor([2, -4])];
 * // Learning rate and gradient scale:
 * const hyper = backend.tensor([0.1, 1]);
 * const next = adagradUpdate(w, dw, backend.zeros([2]), hyper);
 * await next.w.read(); // ≈ [0.9, 1.1]
 * await next.accumulator.read(); // ≈ [4, 16]
 * ```
 */
export function adagradUpdate(
  w: Tensor,
  dw: Tensor,
  accumulator: Tensor,
  hyper: Tensor,
  options: AdagradUpdateOptions = {},
): { readonly w: Tensor; readonly accumulator: Tensor } {
  const operator = "adagradUpdate";
  checkTensors(operator, { w, dw, accumulator, hyper });
  checkUpdate(operator, { w, dw, accumulator, hyper }, ["learningRate", "gradientScale"]);
  const { decoupled, ...given } = readAdagrad(operator, options);
  const numbers = { epsilon: Math.fround(given.epsilon), weightDecay: Math.fround(given.weightDecay) };
  return execute({
    name: operator,
    inputs: { w, dw, accumulator, hyper },
    outputs: { w: w.shape, accumulator: w.shape },
    gpu(launcher, { w, dw, accumulator, hyper }, next) {
      const lanes = lanesFor(w.elements);
      const storages = { w, dw, accumulator, wNext: next.w, accumulatorNext: next.accumulator };
      launcher.forEachBatch(w.elements / lanes, storages, (chunk, tiles) => {
        const { params, invocationsPerRow } = inStrips(launcher.traits, 1, tiles, 1);
        launcher.launch({
          shader: adagradUpdateShader,
          constants: { FOURS: lanes === 4, DECOUPLED: decoupled },
          params: { tiles, tilesOfInvocation: params.tilesOfStrip, ...numbers },
          bindings: { ...chunk, hyper },
          invocations: invocationsPerRow,
          work: 6 * tiles * lanes,
        });
      });
    },
    cpu: (kernels, inputs, outputs) => kernels.adagradUpdate({ ...numbers, decoupled }, inputs, outputs),
    terms: 4,
  });
}

/** @throws OptionError */
export function readAdagrad(
  operator: string,
  options: object,
  alsoKnown: readonly string[] = ["decoupled"],
): AdagradSettings {
  const reader = new OptionReader(operator, options, [...alsoKnown, "epsilon", "weightDecay"]);
  return {
    epsilon: reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-7),
    ...readWeightDecay(reader, alsoKnown),
  };
}
