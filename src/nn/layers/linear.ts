import type { Variable } from "../../core/backend.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { batchNormalization } from "../../ops/norm/batchNormalization.js";
import type { BuildScope, Layer } from "../layer.js";
import { foldedWeights } from "./foldedWeights.js";
import { KERNEL_OPTIONS, type KernelOptions, type KernelSettings, NamedLayer, readKernel } from "./options.js";
import { weightValue } from "./shapes.js";

/** A batch normalization by given statistics. All tensors are [channels]. */
export interface ChannelNormalization {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly scale: Tensor | undefined;
  readonly bias: Tensor | undefined;
  readonly epsilon: number;
}

/** A layer whose output is a sum of products with a kernel, and a bias for each channel, and then an activation. */
export abstract class LinearLayer extends NamedLayer {
  /** @internal */
  protected readonly settings: KernelSettings;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(layer: string, options: KernelOptions, known: readonly string[]) {
    super(layer, options, [...known, ...KERNEL_OPTIONS]);
    this.settings = readKernel(layer, this.reader);
  }

  /** @internal The activation that the operator of `outputOf` has itself. */
  protected get fused(): "relu" | "none" {
    return this.settings.activation === "relu" ? "relu" : "none";
  }

  /** @internal The axis of the output channels in the kernel. */
  protected get channelAxis(): number {
    return -1;
  }

  override call(x: Tensor): Tensor {
    return this.outputOf(x, weightValue(this.kind, this.#kernel), this.#bias?.value);
  }

  /** @internal Whether a normalization that follows can be folded: no activation comes between, and `call` is that of here. */
  get folds(): boolean {
    return this.settings.activation === "none" && this.call === LinearLayer.prototype.call;
  }

  /**
   * @internal The output after a batch normalization, which is folded into the weights: only they are normalized. With
   * f = scale / √(variance + epsilon), it is a sum of products with kernel · f, and the bias is (bias − mean) · f + that of
   * the normalization.
   *
   * It differs from the two steps by rounding only: each product has one factor more that is rounded. So the error is at
   * most the sum of the bounds of `conv2d` (or `matmul`) and `batchNormalization`, each for the magnitude |f| · (Σ|terms| +
   * |bias| + |mean|) + |that of the normalization|.
   *
   * @returns undefined if gradients pass through the weights
   */
  normalizedOutput(x: Tensor, normalization: Layer & { readonly moving: ChannelNormalization }): Tensor | undefined {
    const [kernel, ownBias] = [weightValue(this.kind, this.#kernel), this.#bias?.value];
    const { mean, variance, scale, bias, epsilon } = normalization.moving;
    const weights = [kernel, ownBias, mean, variance, scale, bias].filter((weight) => weight !== undefined);
    const folded = foldedWeights(this, normalization, weights, () => {
      const zeros = x.backend.zeros(mean.shape);
      return {
        kernel: batchNormalization(kernel, zeros, variance, { scale, epsilon, axis: this.channelAxis }),
        bias: batchNormalization(ownBias ?? zeros, mean, variance, { scale, bias, epsilon }),
      };
    });
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
