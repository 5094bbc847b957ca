import type { Tensor } from "../../core/tensor.js";
import { type ActivationName, activate, readActivation } from "../activations.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";

/** The options of `Activation`. */
export interface ActivationOptions extends LayerOptions {
  /** The name of the function. Required. */
  readonly activation: ActivationName;
}

/**
 * Applies an activation as a layer of its own (Keras's Activation). The output has the shape of the input.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Activation("relu")]).build(backend, { inputShape: [3] });
 * await model.predict(backend.tensor([[-1, 0, 2]])).read(); // [0, 0, 2]
 * ```
 */
export class Activation extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Activation";
  }

  override readonly kind: string = "activation";
  /** The name of the function. */
  readonly activation: ActivationName;

  /**
   * @param options the name of the activation, or an object with it
   * @throws OptionError if there is no such activation, or an option is unknown
   */
  constructor(options: ActivationName | ActivationOptions) {
    super("Activation", typeof options === "string" ? { activation: options } : options, ["activation"]);
    this.activation = readActivation(this.reader);
  }

  override call(x: Tensor): Tensor {
    return activate(x, this.activation);
  }

  override config(): LayerConfig {
    return { activation: this.activation };
  }
}
