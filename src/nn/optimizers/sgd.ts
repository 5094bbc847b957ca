import type { Variable } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { readSgd, sgdUpdate } from "../../ops/optimizerSteps/sgdUpdate.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

/** The options of `SGD`. `learningRate` is 0.01 if left out. */
export interface SGDOptions extends OptimizerOptions {
  /** The share of the last change that is added to the next one, in [0, 1). 0 if left out. */
  readonly momentum?: number | undefined;
  /** Whether the momentum is Nesterov's. False if left out. */
  readonly nesterov?: boolean | undefined;
  /** An L2 penalty, ≥ 0: this share of each weight is added to its gradient, after clipping. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/**
 * Stochastic gradient descent, with or without momentum, after PyTorch's definition. Without momentum, a weight
 * changes by −learningRate · gradient. {@link sgdUpdate} has the formulas. The learning rate is 0.01 if left out, as in
 * Keras.
 *
 * @example
 * ```ts
 * // The weight is 1. The loss is (1 · weight − 0)², so its gradient is 2.
 * const dense = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit({ images: [[1]], labels: [0] });
 * await model.weights.get("dense.kernel")?.read(); // ≈ [0.8]
 * ```
 */
export class SGD extends Optimizer {
  readonly #settings: ReturnType<typeof readSgd>;

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: SGDOptions = {}) {
    const settings = readSgd("SGD", options, COMMON);
    super("SGD", { learningRate: options.learningRate ?? 0.01, clipNorm: options.clipNorm });
    this.#settings = settings;
  }

  override get config(): Readonly<Record<string, number | boolean | string>> {
    return { ...super.config, ...this.#settings };
  }

  protected override startWeight(name: string, { shape }: Variable): void {
    if (this.#settings.momentum > 0) this.keep(`velocity.${name}`, shape);
  }

  protected override update(parameters: readonly Parameter[], rateAndScale: readonly Tensor[]): void {
    const hyper = concat(rateAndScale, 0);
    for (const { name, variable, gradient } of parameters) {
      const velocity = this.#settings.momentum === 0 ? undefined : this.kept(`velocity.${name}`);
      const next = sgdUpdate(variable.value, gradient, velocity?.value, hyper, this.#settings);
      variable.assign(next.w);
      if (velocity && next.velocity) velocity.assign(next.velocity);
    }
  }
}
