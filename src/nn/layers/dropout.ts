import type { Tensor } from "../../core/tensor.js";
import { dropout } from "../../ops/elementwise/dropout.js";
import type { BuildScope, CallContext, LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";
import { checkOneInput } from "./shapes.js";

export interface DropoutOptions extends LayerOptions {
  /** The probability that a value is dropped, in [0, 1). */
  readonly rate: number;
}

/**
 * While training, each value becomes 0 with the probability `rate`, and the others are divided by 1 − rate (Keras's
 * Dropout). Each step has another mask. The seed is the model's.
 */
export class Dropout extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Dropout";
  }

  override readonly kind: string = "dropout";
  readonly #rate: number;
  #seed = 0;

  /** @throws OptionError if an option is missing or invalid */
  constructor(options: DropoutOptions) {
    super("Dropout", options, ["rate"]);
    this.#rate = this.reader.numberFrom("rate", 0, 1);
  }

  override build(scope: BuildScope): void {
    this.#seed = scope.seed();
  }

  override call(x: Tensor, { training, step }: CallContext): Tensor {
    checkOneInput(this.kind, x);
    return training ? dropout(x, { rate: this.#rate, seed: this.#seed, step }) : x;
  }

  override config(): LayerConfig {
    return { rate: this.#rate };
  }
}
