import type { Variable } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { adagradUpdate, readAdagrad } from "../../ops/optimizerSteps/adagradUpdate.js";
import { checkRate } from "../schedules.js";
import { COMMON, Optimizer, type OptimizerOptions, type Parameter } from "./optimizer.js";

/** The options of `Adagrad`. `learningRate` is 0.001 if left out. */
export interface AdagradOptions extends OptimizerOptions {
  /** The first value of the sums of squares, ≥ 0. 0.1 if left out, as in Keras (PyTorch: 0). */
  readonly initialAccumulatorValue?: number | undefined;
  /** The number that keeps the division from zero, ≥ 0. 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** An L2 penalty, ≥ 0: this share of each weight is added to its gradient. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/**
 * Adagrad: divides each gradient by the root of the sum of all its squares so far (Duchi, Hazan and Singer, "Adaptive
 * Subgradient Methods", JMLR 2011; Keras's Adagrad). {@link adagradUpdate} has the formulas. The learning rate is
 * 0.001 if left out, as in Keras.
 *
 * @example
 * ```ts
 * // The weight is 1. The loss is (1 · weight − 0)², so its gradient is 2.
 * const dense = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: new Adagrad({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit({ images: [[1]], labels: [0] });
 * await model.weights.get("dense.kernel")?.read(); // ≈ [0.901]
 * ```
 */
export class Adagrad extends Optimizer {
  readonly #settings: ReturnType<typeof readAdagrad>;
  readonly #initial: number;

  /** @throws OptionError if an option is unknown or invalid */
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
