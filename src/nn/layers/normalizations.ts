import type { Variable } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { batchNormalization } from "../../ops/norm/batchNormalization.js";
import { batchNormalizationTraining } from "../../ops/norm/batchNormalizationTraining.js";
import { groupNormalization } from "../../ops/norm/groupNormalization.js";
import { layerNormalization } from "../../ops/norm/layerNormalization.js";
import type { ExampleShape } from "../graph/extents.js";
import {
  type BuildScope,
  type CallContext,
  type Folded,
  isFrozen,
  type LayerConfig,
  type LinearPart,
  type NormalizationPart,
} from "../layer.js";
import { foldedWeights } from "./foldedWeights.js";
import { type LayerOptions, NamedLayer } from "./options.js";
import { channelsOf, lastExtent, weightValue } from "./shapes.js";

/** The options that all normalizations have. */
export interface NormalizationOptions extends LayerOptions {
  /** The number that is added to the variance, ≥ 0. 0.001 if left out, as in Keras (PyTorch: 1e-5). */
  readonly epsilon?: number | undefined;
  /** Whether the result is multiplied by the weight "gamma", which begins as 1. True if left out. */
  readonly scale?: boolean | undefined;
  /** Whether the weight "beta", which begins as 0, is added to the result. True if left out. */
  readonly center?: boolean | undefined;
}

/** The options of `BatchNormalization`. */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /**
   * The share of the moving statistics that stays at each step of training, in [0, 1). 0.99 if left out, as in Keras.
   * PyTorch's momentum is the share that changes: 1 minus this.
   */
  readonly momentum?: number | undefined;
}

/** The options of `GroupNormalization`. */
export interface GroupNormalizationOptions extends NormalizationOptions {
  /** The number of groups of neighbouring channels. It divides the number of channels. 32 if left out, as in Keras. */
  readonly groups?: number | undefined;
}

/** The base class of normalizations: a factor "gamma" and a summand "beta" for each channel. */
export abstract class Normalization extends NamedLayer {
  readonly #epsilon: number;
  readonly #scale: boolean;
  readonly #center: boolean;
  #gamma: Variable | undefined;
  #beta: Variable | undefined;

  /**
   * @param layer the name of the class, for messages and files
   * @param known the names of its own options
   * @throws OptionError if an option is unknown or invalid
   */
  constructor(layer: string, options: NormalizationOptions, known: readonly string[]) {
    super(layer, options, ["epsilon", "scale", "center", ...known]);
    this.#epsilon = this.reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-3);
    this.#scale = this.reader.boolean("scale", true);
    this.#center = this.reader.boolean("center", true);
  }

  override config(): LayerConfig {
    return { epsilon: this.#epsilon, scale: this.#scale, center: this.#center };
  }

  /** @internal Makes gamma and beta, as far as the options ask for them. */
  protected makeWeights(scope: BuildScope, channels: number): void {
    if (this.#scale) this.#gamma = scope.weight("gamma", [channels], "ones");
    if (this.#center) this.#beta = scope.weight("beta", [channels], "zeros");
  }

  /** @internal The options of the operator. */
  protected get affine() {
    return { scale: this.#gamma?.value, bias: this.#beta?.value, epsilon: this.#epsilon };
  }
}

/**
 * Normalizes each channel, the last axis, to mean 0 and variance 1 (Keras's BatchNormalization; Ioffe and Szegedy,
 * "Batch Normalization", ICML 2015). The output has the shape of the input.
 *
 * While training it uses the mean and the biased variance of the batch, and moves its own towards them. Otherwise,
 * and if the layer is frozen, it uses its own. Its weights are "gamma", "beta", "movingMean" and "movingVariance",
 * [C] each.
 *
 * @example
 * ```ts
 * const model = new Sequential([new BatchNormalization()]).build(backend, { inputShape: [1] });
 * const x = backend.tensor([[1], [3]]);
 * await model.call(x, { training: true }).read(); // ≈ [-1, 1]
 * await model.weights.get("batch_normalization.movingMean")?.read(); // ≈ [0.02]
 * await model.predict(x).read(); // ≈ [0.98, 2.98]
 * ```
 */
export class BatchNormalization extends Normalization {
  /** @internal */
  static get layerName(): string {
    return "BatchNormalization";
  }

  override readonly kind: string = "batch_normalization";
  readonly #momentum: number;
  #movingMean: Variable | undefined;
  #movingVariance: Variable | undefined;

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: BatchNormalizationOptions = {}) {
    super("BatchNormalization", options, ["momentum"]);
    this.#momentum = this.reader.numberFrom("momentum", 0, 1, 0.99);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const channels = lastExtent(this.kind, inputShape);
    this.makeWeights(scope, channels);
    this.#movingMean = scope.weight("movingMean", [channels], "zeros", { trainable: false });
    this.#movingVariance = scope.weight("movingVariance", [channels], "ones", { trainable: false });
  }

  override call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || isFrozen(this, context)) {
      const { mean, variance, ...affine } = this.#moving;
      return batchNormalization(x, mean, variance, affine);
    }
    const { y, mean, variance } = batchNormalizationTraining(x, this.affine);
    this.#follow(this.#movingMean, mean);
    this.#follow(this.#movingVariance, variance);
    return y;
  }

  override config(): LayerConfig {
    return { momentum: this.#momentum, ...super.config() };
  }

  /**
   * @internal Weights of a layer before it. With f = scale / √(variance + epsilon), the output after both is a sum of
   * products with kernel · f, and the bias is (bias − mean) · f + that of the normalization.
   *
   * It differs from the two steps by rounding only: each product has one factor more that is rounded. So the error is
   * at most the sum of the bounds of `conv2d` (or `matmul`) and `batchNormalization`, each for the magnitude |f| ·
   * (Σ|terms| + |bias| + |mean|) + |that of the normalization|.
   */
  foldInto(layer: LinearPart, kernel: Tensor, ownBias: Tensor | undefined): Folded | undefined {
    const { mean, variance, scale, bias, epsilon } = this.#moving;
    const weights = [kernel, ownBias, mean, variance, scale, bias].filter((weight) => weight !== undefined);
    return foldedWeights(layer, this, weights, () => {
      const zeros = kernel.backend.zeros(mean.shape);
      return {
        kernel: batchNormalization(kernel, zeros, variance, { scale, epsilon, axis: layer.channelAxis }),
        bias: batchNormalization(ownBias ?? zeros, mean, variance, { scale, bias, epsilon }),
      };
    });
  }

  /** @internal Undefined if `call` is not that of here. */
  override get asNormalization(): NormalizationPart | undefined {
    return this.call === BatchNormalization.prototype.call ? this : undefined;
  }

  /** What it computes with outside of training. */
  get #moving() {
    const mean = weightValue(this.kind, this.#movingMean);
    return { mean, variance: weightValue(this.kind, this.#movingVariance), ...this.affine };
  }

  #follow(moving: Variable | undefined, batch: Tensor): void {
    const share = (tensor: Tensor, factor: number) => mul(tensor, tensor.backend.full([], factor));
    moving?.assign(add(share(moving.value, this.#momentum), share(batch, 1 - this.#momentum)));
  }
}

/**
 * Normalizes each position over its channels, the last axis, to mean 0 and variance 1 (Keras's LayerNormalization; Ba,
 * Kiros and Hinton, "Layer Normalization", 2016). The output has the shape of the input. Its weights are "gamma" and
 * "beta", [C] each.
 *
 * @example
 * ```ts
 * const model = new Sequential([new LayerNormalization()]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[1, 3], [20, 10]])).read(); // ≈ [-1, 1, 1, -1]
 * ```
 */
export class LayerNormalization extends Normalization {
  /** @internal */
  static get layerName(): string {
    return "LayerNormalization";
  }

  override readonly kind: string = "layer_normalization";
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: NormalizationOptions = {}) {
    super("LayerNormalization", options, []);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    this.makeWeights(scope, lastExtent(this.kind, inputShape));
  }

  override call(x: Tensor): Tensor {
    return layerNormalization(x, { ...this.affine, axes: [-1] });
  }
}

/**
 * Normalizes each group of channels of each image to mean 0 and variance 1 (Keras's GroupNormalization; Wu and He,
 * "Group Normalization", ECCV 2018). It takes images [N, H, W, C], and gives the same shape. Its weights are "gamma"
 * and "beta", [C] each.
 *
 * @example
 * ```ts
 * const model = new Sequential([new GroupNormalization({ groups: 2 })]);
 * model.build(backend, { inputShape: [1, 1, 4] });
 * await model.predict(backend.tensor([1, 3, 20, 10], [1, 1, 1, 4])).read(); // ≈ [-1, 1, 1, -1]
 * ```
 */
export class GroupNormalization extends Normalization {
  /** @internal */
  static get layerName(): string {
    return "GroupNormalization";
  }

  override readonly kind: string = "group_normalization";
  readonly #groups: number;

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: GroupNormalizationOptions = {}) {
    super("GroupNormalization", options, ["groups"]);
    this.#groups = this.reader.integer("groups", 1, 32);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const channels = channelsOf(this.kind, inputShape);
    if (channels % this.#groups > 0) {
      throw new ShapeError(
        `group_normalization: its input has ${channels} channels, expected a multiple of groups = ${this.#groups}`,
      );
    }
    this.makeWeights(scope, channels);
  }

  override call(x: Tensor): Tensor {
    return groupNormalization(x, { ...this.affine, groups: this.#groups });
  }

  override config(): LayerConfig {
    return { groups: this.#groups, ...super.config() };
  }
}
