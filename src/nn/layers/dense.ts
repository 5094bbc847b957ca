import type { Variable } from "../../core/backend.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { matmul } from "../../ops/matmul/matmul.js";
import { activate } from "../activations.js";
import type { ExampleShape } from "../graph/extents.js";
import type { BuildScope, LayerConfig } from "../layer.js";
import {
  KERNEL_OPTIONS,
  type KernelOptions,
  type KernelSettings,
  kernelConfig,
  NamedLayer,
  readKernel,
} from "./options.js";
import { lastExtent, weightValue } from "./shapes.js";

export interface DenseOptions extends KernelOptions {
  /** The number of output features. */
  readonly units: number;
}

/** A product with a matrix, along the last axis of [N, …, features] (Keras's Dense). The kernel is [features, units]. */
export class Dense extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Dense";
  }

  override readonly kind: string = "dense";
  readonly #units: number;
  readonly #settings: KernelSettings;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  /** @throws OptionError if an option is missing or invalid */
  constructor(options: DenseOptions) {
    super("Dense", options, ["units", ...KERNEL_OPTIONS]);
    this.#units = this.reader.integer("units", 1);
    this.#settings = readKernel("Dense", this.reader);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const features = lastExtent(this.kind, inputShape);
    this.#kernel = scope.weight("kernel", [features, this.#units], this.#settings.kernelInitializer);
    if (this.#settings.useBias) this.#bias = scope.weight("bias", [this.#units], this.#settings.biasInitializer);
  }

  override call(x: Tensor): Tensor {
    const { activation } = this.#settings;
    const fused = activation === "relu" ? "relu" : "none";
    const features = x.shape.at(-1) ?? 1;
    const kernel = weightValue(this.kind, this.#kernel);
    const rows = x.shape.length === 2 ? x : reshape(x, [x.size / features, features]);
    const product = matmul(rows, kernel, { bias: this.#bias?.value, activation: fused });
    const y = x.shape.length === 2 ? product : reshape(product, [...x.shape.slice(0, -1), this.#units]);
    return fused === "relu" ? y : activate(y, activation);
  }

  override config(): LayerConfig {
    return { units: this.#units, ...kernelConfig(this.#settings) };
  }
}
