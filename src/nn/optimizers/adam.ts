import type { Variable } from "../../core/backend.js";
import { existing } from "../../core/objects.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { adamUpdate, readAdam } from "../../ops/optimizerSteps/adamUpdate.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

/** The options of `Adam` and `AdamW`. `learningRate` is 0.001 if left out. */
export interface AdamOptions extends OptimizerOptions {
  /** The share of the gradient's moving average that stays at each step, in [0, 1). 0.9 if left out. */
  readonly beta1?: number | undefined;
  /** The share of the moving average of its square that stays at each step, in [0, 1). 0.999 if left out. */
  readonly beta2?: number | undefined;
  /** The number that keeps the division from zero, ≥ 0. 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /**
   * For `Adam`, an L2 penalty, ≥ 0: this share of each weight is added to its gradient. 0 if left out. For `AdamW`,
   * each weight shrinks by learningRate · weightDecay of itself. 0.004 if left out, as in Keras.
   */
  readonly weightDecay?: number | undefined;
}

/** The base class of `Adam` and `AdamW`: it keeps the moments of the gradients, and counts the steps. */
export abstract class MomentOptimizer extends Optimizer {
  readonly #settings: ReturnType<typeof readAdam>;
  #betas: Variable | undefined;
  #rests: Variable | undefined;

  protected constructor(name: string, options: AdamOptions, decoupled: boolean, weightDecay: number) {
    const settings = readAdam(name, options, COMMON, weightDecay);
    super(name, { learningRate: options.learningRate ?? 0.001, clipNorm: options.clipNorm });
    this.#settings = { ...settings, decoupled };
  }

  override get config(): Readonly<Record<string, number | boolean | string>> {
    const { decoupled, ...settings } = this.#settings;
    return { ...super.config, ...settings };
  }

  protected override start(): void {
    // Rounded to float32, as the moments use them. Then the corrections fit the moments.
    const betas = [Math.fround(this.#settings.beta1), Math.fround(this.#settings.beta2)];
    this.keep("counts", [2]);
    this.#betas = this.constant(betas);
    this.#rests = this.constant(betas.map((beta) => 1 - beta));
  }

  protected override startWeight(name: string, { shape }: Variable): void {
    this.keep(`m.${name}`, shape);
    this.keep(`v.${name}`, shape);
  }

  protected override update(parameters: readonly Parameter[], rateAndScale: readonly Tensor[]): void {
    // c ← beta · c + (1 − beta) gives 1 − betaᵗ. Nothing cancels, as it would in 1 minus a power that was rounded t
    // times.
    const counts = add(mul(this.kept("counts").value, existing(this.#betas).value), existing(this.#rests).value);
    this.kept("counts").assign(counts);
    const hyper = concat([...rateAndScale, counts], 0);
    for (const { name, variable, gradient } of parameters) {
      const [m, v] = [this.kept(`m.${name}`), this.kept(`v.${name}`)];
      const next = adamUpdate(variable.value, gradient, m.value, v.value, hyper, this.#settings);
      variable.assign(next.w);
      m.assign(next.m);
      v.assign(next.v);
    }
  }
}

/**
 * Adam: divides a moving average of the gradient by the root of a moving average of its square (Kingma and Ba, "Adam: A
 * Method for Stochastic Optimization", ICLR 2015). {@link adamUpdate} has the formulas. The learning rate is 0.001 if
 * left out, as in Keras. Epsilon is added where PyTorch adds it.
 *
 * @example
 * ```ts
 * // The weight is 1. The loss is (1 · weight − 0)², so its gradient is 2.
 * const dense = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: new Adam({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit({ images: [[1]], labels: [0] });
 * await model.weights.get("dense.kernel")?.read(); // ≈ [0.9]
 * ```
 */
export class Adam extends MomentOptimizer {
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: AdamOptions = {}) {
    super("Adam", options, false, 0);
  }
}

/**
 * Adam with weight decay: at each step, each weight also shrinks by learningRate · weightDecay of itself (Loshchilov
 * and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019). {@link adamUpdate} has the formulas. The learning
 * rate is 0.001 and `weightDecay` 0.004 if left out, as in Keras.
 *
 * @example
 * ```ts
 * // The weight is 1. The loss is (1 · weight − 0)², so its gradient is 2.
 * const dense = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: new AdamW({ learningRate: 0.1, weightDecay: 0.5 }), loss: "meanSquaredError" });
 * await model.fit({ images: [[1]], labels: [0] });
 * await model.weights.get("dense.kernel")?.read(); // ≈ [0.85]
 * ```
 */
export class AdamW extends MomentOptimizer {
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: AdamOptions = {}) {
    super("AdamW", options, true, 0.004);
  }
}
