import type { Tensor } from "../../core/tensor.js";
import { type ActivationName, activate, readActivation } from "../activations.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";

export interface ActivationOptions extends LayerOptions {
  readonly activation: ActivationName;
}

/** An activation as a layer of its own (Keras's Activation): `new Activation("relu")`. */
export class Activation extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Activation";
  }

  override readonly kind: string = "activation";
  readonly activation: ActivationName;

  /** @throws OptionError if there is no such activation */
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
