import type { Variable } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { readRmsprop, rmspropUpdate } from "../../ops/optimizerSteps/rmspropUpdate.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

/** The options of `RMSprop`. `learningRate` is 0.001 if left out. */
export interface RMSpropOptions extends OptimizerOptions {
  /** The share of the averages that stays at each step, in [0, 1). 0.9 if left out. */
  readonly rho?: number | undefined;
  /** The share of the last change that is added to the next one, in [0, 1). 0 if left out. */
  readonly momentum?: number | undefined;
  /** The number that keeps the division from zero, ≥ 0. 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** Whether it divides by the root of the gradient's variance, not of its mean square. False if left out. */
  readonly centered?: boolean | undefined;
  /** An L2 penalty, ≥ 0: this share of each weight is added to its gradient. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/**
 * RMSprop: divides each gradient by the root of a moving average of its square (Tieleman and Hinton, "Lecture 6.5:
 * rmsprop", Coursera, 2012; Keras's RMSprop). {@link rmspropUpdate} has the formulas. The learning rate is 0.001 if
 * left out, as in Keras.
 *
 * @example
 * ```ts
 * // The weight is 1. The loss is (1 · weight − 0)², so its gradient is 2.
 * const dense = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: new RMSprop({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit({ images: [[1]], labels: [0] });
 * await model.weights.get("dense.kernel")?.read(); // ≈ [0.684]
 * ```
 */
export class RMSprop extends Optimizer {
  readonly #settings: ReturnType<typeof readRmsprop>;

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: RMSpropOptions = {}) {
    const settings = readRmsprop("RMSprop", options, COMMON);
    super("RMSprop", { learningRate: options.learningRate ?? 0.001, clipNorm: options.clipNorm });
    this.#settings = settings;
  }

  override get config(): Readonly<Record<string, number | boolean | string>> {
    const { decoupled, ...settings } = this.#settings;
    return { ...super.config, ...settings };
  }

  protected override startWeight(name: string, { shape }: Variable): void {
    this.keep(`v.${name}`, shape);
    if (this.#settings.momentum > 0) this.keep(`velocity.${name}`, shape);
    if (this.#settings.centered) this.keep(`m.${name}`, shape);
  }

  protected override update(parameters: readonly Parameter[], rateAndScale: readonly Tensor[]): void {
    const hyper = concat(rateAndScale, 0);
    for (const { name, variable, gradient } of parameters) {
      const v = this.kept(`v.${name}`);
      const velocity = this.#settings.momentum > 0 ? this.kept(`velocity.${name}`) : undefined;
      const m = this.#settings.centered ? this.kept(`m.${name}`) : undefined;
      const next = rmspropUpdate(variable.value, gradient, v.value, velocity?.value, m?.value, hyper, this.#settings);
      variable.assign(next.w);
      v.assign(next.v);
      if (velocity && next.velocity) velocity.assign(next.velocity);
      if (m && next.m) m.assign(next.m);
    }
  }
}
