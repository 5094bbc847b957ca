import { reshape, type Tensor } from "../../core/tensor.js";
import { matmul } from "../../ops/matmul/matmul.js";
import { activate } from "../activations.js";
import type { ExampleShape } from "../graph/extents.js";
import type { BuildScope, LayerConfig } from "../layer.js";
import { LinearLayer } from "./linear.js";
import { type KernelOptions, kernelConfig } from "./options.js";
import { lastExtent } from "./shapes.js";

/** The options of `Dense`. */
export interface DenseOptions extends KernelOptions {
  /** The number of output features. Required. */
  readonly units: number;
}

/**
 * Multiplies the last axis by a matrix, and adds a bias: [N, …, features] becomes [N, …, units] (Keras's Dense,
 * PyTorch's Linear). Its weights are "kernel" [features, units] and "bias" [units].
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 2, kernelInitializer: "ones", biasInitializer: constant(10) });
 * const model = new Sequential([dense]).build(backend, { inputShape: [3] });
 * await model.predict(backend.tensor([[1, 2, 3]])).read(); // [16, 16]
 * model.summary().parameters; // 8
 * ```
 */
export class Dense extends LinearLayer {
  /** @internal */
  static get layerName(): string {
    return "Dense";
  }

  override readonly kind: string = "dense";
  readonly #units: number;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: DenseOptions) {
    super("Dense", options, ["units"]);
    this.#units = this.reader.integer("units", 1);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const features = lastExtent(this.kind, inputShape);
    this.makeWeights(scope, "kernel", [features, this.#units], this.#units);
  }

  protected override outputOf(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    const features = x.shape.at(-1) ?? 1;
    const rows = x.shape.length === 2 ? x : reshape(x, [x.size / features, features]);
    const product = matmul(rows, kernel, { bias, activation: this.fused });
    const y = x.shape.length === 2 ? product : reshape(product, [...x.shape.slice(0, -1), this.#units]);
    return this.fused === "relu" ? y : activate(y, this.settings.activation);
  }

  override config(): LayerConfig {
    return { units: this.#units, ...kernelConfig(this.settings) };
  }
}
