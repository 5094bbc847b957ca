import type { Variable } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { readSgd, sgdUpdate } from "../../ops/optimizerSteps/sgdUpdate.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

export interface SGDOptions extends OptimizerOptions {
  /** In [0, 1). 0 if left out. */
  readonly momentum?: number | undefined;
  /** Whether it is Nesterov's momentum. False if left out. */
  readonly nesterov?: boolean | undefined;
  /** An L2 penalty: this share of each weight is added to its gradient, after clipping. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/** Stochastic gradient descent, with or without momentum; see `sgdUpdate`. The learning rate is 0.01 if left out. */
export class SGD extends Optimizer {
  readonly #settings: ReturnType<typeof readSgd>;

  /** @throws OptionError */
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
