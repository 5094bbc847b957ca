import type { Variable } from "../../core/backend.js";
import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { matmul } from "../../ops/matmul/matmul.js";
import { ACTIVATIONS, type ActivationName, activate } from "../activations.js";
import { glorotUniform, type Initializer, zeros } from "../initializers.js";
import { type BuildScope, Layer } from "../layer.js";
import { builtWeight, featuresOf } from "./shapes.js";

export interface DenseOptions {
  readonly units: number;
  /** "none" if left out. */
  readonly activation?: ActivationName | undefined;
  /** True if left out. */
  readonly useBias?: boolean | undefined;
  /** `glorotUniform` if left out. */
  readonly kernelInitializer?: Initializer | undefined;
}

/** A fully connected layer over [N, features] (Keras's Dense). Its kernel is [features, units]. */
export class Dense extends Layer {
  readonly kind = "dense";
  readonly #units: number;
  readonly #activation: ActivationName;
  readonly #useBias: boolean;
  readonly #initializer: Initializer;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(options: DenseOptions) {
    super();
    const reader = new OptionReader("Dense", options, ["units", "activation", "useBias", "kernelInitializer"]);
    this.#units = reader.integer("units", 1);
    this.#activation = reader.word("activation", ACTIVATIONS, "none");
    this.#useBias = reader.boolean("useBias", true);
    this.#initializer = options.kernelInitializer ?? glorotUniform;
  }

  build(scope: BuildScope, inputShape: Shape): Shape {
    const features = featuresOf(this.kind, inputShape);
    this.#kernel = scope.weight("kernel", [features, this.#units], this.#initializer);
    if (this.#useBias) this.#bias = scope.weight("bias", [this.#units], zeros);
    this.flops = 2 * features * this.#units;
    return [this.#units];
  }

  call(x: Tensor): Tensor {
    const fused = this.#activation === "relu" ? "relu" : "none";
    const kernel = builtWeight(this.kind, this.#kernel);
    const y = matmul(x, kernel, { bias: this.#bias?.value, activation: fused });
    return fused === "relu" ? y : activate(y, this.#activation);
  }
}
