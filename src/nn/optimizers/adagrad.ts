import type { Variable } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { adagradUpdate, readAdagrad } from "../../ops/optimizerSteps/adagradUpdate.js";
import { checkRate } from "../schedules.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

export interface AdagradOptions extends OptimizerOptions {
  /** The accumulators' first value, ≥ 0. 0.1 if left out, as in Keras (PyTorch: 0). */
  readonly initialAccumulatorValue?: number | undefined;
  /** 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** This share of each weight is added to its gradient. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/** Adagrad; see `adagradUpdate`. The learning rate is 0.001 if left out, as in Keras. */
export class Adagrad extends Optimizer {
  readonly #settings: ReturnType<typeof readAdagrad>;
  readonly #initial: number;

  /** @throws OptionError */
  constructor(options: AdagradOptions = {}) {
    const settings = readAdagrad("Adagrad", options, [...COMMON, "initialAccumulatorValue"]);
    super("Adagrad", { learningRate: options.learningRate ?? 0.001, clipNorm: options.clipNorm });
    this.#settings = settings;
    const { initialAccumulatorValue: initial = 0.1 } = options;
    checkRate("Adagrad", "initialAccumulatorValue", initial);
    this.#initial = initial;
  }

  override get config(): Readonly<Record<string, number | boolean | string>> {
    const { decoupled, ...settings } = this.#settings;
    return { ...super.config, ...settings, initialAccumulatorValue: this.#initial };
  }

  protected override startWeight(name: string, { shape }: Variable): void {
    this.keep(`accumulator.${name}`, shape, this.#initial);
  }

  protected override update(parameters: readonly Parameter[], rateAndScale: readonly Tensor[]): void {
    const hyper = concat(rateAndScale, 0);
    for (const { name, variable, gradient } of parameters) {
      const accumulator = this.kept(`accumulator.${name}`);
      const next = adagradUpdate(variable.value, gradient, accumulator.value, hyper, this.#settings);
      variable.assign(next.w);
      accumulator.assign(next.accumulator);
    }
  }
}
