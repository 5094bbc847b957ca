import type { Variable } from "../../core/backend.js";
import { existing } from "../../core/objects.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { adamUpdate, readAdam } from "../../ops/optimizerSteps/adamUpdate.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

export interface AdamOptions extends OptimizerOptions {
  /** 0.9 if left out. */
  readonly beta1?: number | undefined;
  /** 0.999 if left out. */
  readonly beta2?: number | undefined;
  /** 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** This share of each weight is added to its gradient (`Adam`), or to its step (`AdamW`). */
  readonly weightDecay?: number | undefined;
}

/** What Adam and AdamW share: the moments, and the count of steps. */
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
    // As float32 holds them, so that the corrections fit the betas with which the moments fade.
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
 * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015). The learning rate is 0.001 if left out, as
 * in Keras. Epsilon is added where PyTorch adds it; see `adamUpdate`.
 */
export class Adam extends MomentOptimizer {
  /** @throws OptionError */
  constructor(options: AdamOptions = {}) {
    super("Adam", options, false, 0);
  }
}

/**
 * Adam, and the weights decay by learningRate · weightDecay of themselves at each step (Loshchilov and Hutter, "Decoupled
 * Weight Decay Regularization", ICLR 2019). `weightDecay` is 0.004 if left out, as in Keras.
 */
export class AdamW extends MomentOptimizer {
  /** @throws OptionError */
  constructor(options: AdamOptions = {}) {
    super("AdamW", options, true, 0.004);
  }
}
