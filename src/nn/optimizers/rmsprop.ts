import type { Variable } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { readRmsprop, rmspropUpdate } from "../../ops/optimizerSteps/rmspropUpdate.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

export interface RMSpropOptions extends OptimizerOptions {
  /** The decay rate of the averages, in [0, 1). 0.9 if left out. */
  readonly rho?: number | undefined;
  /** In [0, 1). 0 if left out. */
  readonly momentum?: number | undefined;
  /** 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** Whether the step is divided by the root of the gradient's variance. False if left out. */
  readonly centered?: boolean | undefined;
  /** This share of each weight is added to its gradient. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/** RMSprop; see `rmspropUpdate`. The learning rate is 0.001 if left out. */
export class RMSprop extends Optimizer {
  readonly #settings: ReturnType<typeof readRmsprop>;

  /** @throws OptionError */
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
