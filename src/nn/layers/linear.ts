import type { Variable } from "../../core/backend.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import type { BuildScope, LinearPart, NormalizationPart } from "../layer.js";
import { KERNEL_OPTIONS, type KernelOptions, type KernelSettings, NamedLayer, readKernel } from "./options.js";
import { weightValue } from "./shapes.js";

/** The base class of layers with a kernel: sums of products with the kernel, plus a bias, and then an activation. */
export abstract class LinearLayer extends NamedLayer {
  /** @internal */
  protected readonly settings: KernelSettings;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  /**
   * @param layer the name of the class, for messages and files
   * @param known the names of its own options
   * @throws OptionError if an option is unknown or invalid
   */
  constructor(layer: string, options: KernelOptions, known: readonly string[]) {
    super(layer, options, [...known, ...KERNEL_OPTIONS]);
    this.settings = readKernel(layer, this.reader);
  }

  /** @internal The activation that the operator of `outputOf` has itself. */
  protected get fused(): "relu" | "none" {
    return this.settings.activation === "relu" ? "relu" : "none";
  }

  /** @internal The axis of the output channels in the kernel. */
  get channelAxis(): number {
    return -1;
  }

  override call(x: Tensor): Tensor {
    return this.outputOf(x, weightValue(this.kind, this.#kernel), this.#bias?.value);
  }

  /** @internal Undefined if an activation comes between, or `call` is not that of here. */
  override get asLinear(): LinearPart | undefined {
    return this.settings.activation === "none" && this.call === LinearLayer.prototype.call ? this : undefined;
  }

  /** @internal The output after a batch normalization, which is folded into the weights: only they are normalized. */
  normalizedOutput(x: Tensor, normalization: NormalizationPart): Tensor | undefined {
    const folded = normalization.foldInto(this, weightValue(this.kind, this.#kernel), this.#bias?.value);
    return folded && this.outputOf(x, folded.kernel, folded.bias);
  }

  /** @internal Makes the kernel, and the bias if there is one. */
  protected makeWeights(scope: BuildScope, name: string, shape: Shape, channels: number, groups = 1): void {
    this.#kernel = scope.weight(name, shape, this.settings.kernelInitializer, { groups });
    if (this.settings.useBias) this.#bias = scope.weight("bias", [channels], this.settings.biasInitializer);
  }

  /** @internal The output, with the activation. */
  protected abstract outputOf(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor;
}
