import type { Tensor } from "../../core/tensor.js";
import type { ExampleShape } from "../../nn/graph/extents.js";
import { type BuildScope, type CallContext, Layer, type LayerConfig } from "../../nn/layer.js";
import { type LayerOptions, NamedLayer } from "../../nn/layers/options.js";
import { depthToSpace } from "../../ops/arrange/depthToSpace.js";
import { transpose } from "../../ops/arrange/transpose.js";
import { dropout } from "../../ops/elementwise/dropout.js";
import { mul } from "../../ops/elementwise/mul.js";
import { resample2d } from "../../ops/resample/resample2d.js";

export interface PermuteOptions extends LayerOptions {
  /** For each axis of the output's examples, the number of the input's axis. The first axis is 1. */
  readonly dims: readonly number[];
}

/**
 * The axes of an example in another order (Keras's Permute).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Permute({ dims: [2, 1] })]).build(backend, { inputShape: [2, 3] });
 * await model.predict(backend.tensor([[[1, 2, 3], [4, 5, 6]]])).read(); // [1, 4, 2, 5, 3, 6]
 * ```
 */
export class Permute extends NamedLayer {
  override readonly kind: string = "permute";
  readonly #dims: readonly number[];

  /** @throws OptionError if an option is missing or invalid */
  constructor(options: PermuteOptions) {
    super("Permute", options, ["dims"]);
    const dims = this.reader.given("dims");
    if (!Array.isArray(dims) || !dims.every((axis, _, all) => all.includes(axis) && isAxis(axis, all.length))) {
      this.reader.refuse("dims", dims, "each axis once, from 1 on, such as [2, 1, 3]");
    }
    if (new Set(dims).size < dims.length) this.reader.refuse("dims", dims, "each axis once");
    this.#dims = [...dims];
  }

  override call(x: Tensor): Tensor {
    return transpose(x, { permutation: [0, ...this.#dims] });
  }

  override config(): LayerConfig {
    return { dims: [...this.#dims] };
  }
}

function isAxis(axis: unknown, count: number): boolean {
  return typeof axis === "number" && Number.isInteger(axis) && axis >= 1 && axis <= count;
}

export interface DepthToSpaceOptions extends LayerOptions {
  /** The height and width of a block of pixels that were one pixel. */
  readonly blockSize: number;
}

/**
 * Channels become pixels: [H, W, b² · C] becomes [b · H, b · W, C] (TensorFlow's `depth_to_space`, a pixel shuffle).
 *
 * @example
 * ```ts
 * const model = new Sequential([new DepthToSpace({ blockSize: 2 })]).build(backend, { inputShape: [1, 1, 4] });
 * await model.predict(backend.tensor([1, 2, 3, 4], [1, 1, 1, 4])).read(); // [1, 2, 3, 4]
 * ```
 */
export class DepthToSpace extends NamedLayer {
  override readonly kind: string = "depth_to_space";
  readonly #blockSize: number;

  /** @throws OptionError if an option is missing or invalid */
  constructor(options: DepthToSpaceOptions) {
    super("DepthToSpace", options, ["blockSize"]);
    this.#blockSize = this.reader.integer("blockSize", 1);
  }

  override call(x: Tensor): Tensor {
    return depthToSpace(x, { blockSize: this.#blockSize });
  }

  override config(): LayerConfig {
    return { blockSize: this.#blockSize };
  }
}

export interface AsymmetricUpSampling2DOptions extends LayerOptions {
  /** The factors of height and width. 2 if left out. */
  readonly size?: number | readonly [number, number] | undefined;
}

/**
 * Larger images by bilinear interpolation, in which the first pixels of input and output lie on each other: UpSampling2D of
 * TensorFlow.js. In Keras, their outer edges do.
 *
 * @example
 * ```ts
 * const model = new Sequential([new AsymmetricUpSampling2D({ size: [1, 2] })]).build(backend, { inputShape: [1, 2, 1] });
 * await model.predict(backend.tensor([0, 4], [1, 1, 2, 1])).read(); // [0, 2, 4, 4]
 * ```
 */
export class AsymmetricUpSampling2D extends NamedLayer {
  override readonly kind: string = "up_sampling2d";
  readonly #size: readonly [number, number];

  /** @throws OptionError if an option is invalid */
  constructor(options: AsymmetricUpSampling2DOptions = {}) {
    super("AsymmetricUpSampling2D", options, ["size"]);
    this.#size = this.reader.pair("size", 1, [2, 2]);
  }

  override call(x: Tensor): Tensor {
    return resample2d(x, { scales: this.#size, mode: "linear", coordinates: "asymmetric" });
  }

  override config(): LayerConfig {
    return { size: [...this.#size] };
  }
}

export interface SpatialDropout2DOptions extends LayerOptions {
  /** The probability that a channel is dropped, in [0, 1). */
  readonly rate: number;
}

/**
 * Dropout of whole channels of images (Keras's SpatialDropout2D; Tompson et al., 2015).
 *
 * @example
 * ```ts
 * const model = new Sequential([new SpatialDropout2D({ rate: 0.5 })]).build(backend, { inputShape: [1, 2, 1] });
 * await model.predict(backend.tensor([1, 2], [1, 1, 2, 1])).read(); // [1, 2]
 * ```
 */
export class SpatialDropout2D extends NamedLayer {
  override readonly kind: string = "spatial_dropout2d";
  readonly #rate: number;
  #seed = 0;

  /** @throws OptionError if an option is missing or invalid */
  constructor(options: SpatialDropout2DOptions) {
    super("SpatialDropout2D", options, ["rate"]);
    this.#rate = this.reader.numberFrom("rate", 0, 1);
  }

  override build(scope: BuildScope): void {
    this.#seed = scope.seed();
  }

  override call(x: Tensor, { training, step }: CallContext): Tensor {
    if (!training) return x;
    const [n = 1, , , c = 1] = x.shape;
    const mask = dropout(x.backend.full([n, 1, 1, c], 1), { rate: this.#rate, seed: this.#seed, step });
    return mul(x, mask);
  }

  override config(): LayerConfig {
    return { rate: this.#rate };
  }
}

export interface InferenceOnlyOptions extends LayerOptions {
  /** The layer that works as outside of training. Required. */
  readonly layer: Layer;
}

/**
 * A layer that works as outside of training, also while the model around it is trained (Keras's `layer(x, training=False)`).
 * Its weights are trained, unless they are frozen.
 *
 * @example
 * ```ts
 * const model = new Sequential([new InferenceOnly({ layer: new Dropout({ rate: 0.5 }) })]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[1, 2]])).read(); // [1, 2]
 * ```
 */
export class InferenceOnly extends NamedLayer {
  override readonly kind: string = "inference_only";
  readonly #layer: Layer;

  /** @throws OptionError if the layer is missing */
  constructor(options: InferenceOnlyOptions) {
    super("InferenceOnly", options, ["layer"]);
    const { layer } = options;
    if (!(layer instanceof Layer)) this.reader.refuse("layer", layer, "a layer");
    this.#layer = layer;
    if (!this.trainable) this.trainable = false;
  }

  override get parts(): readonly Layer[] {
    return [this.#layer];
  }

  override get lastPart(): Layer | undefined {
    return this.#layer;
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    scope.part(this.#layer, inputShape);
  }

  override call(x: Tensor, context: CallContext): Tensor {
    return this.#layer.call(x, { ...context, training: false, frozen: context.frozen || !this.#layer.trainable });
  }

  override config(): LayerConfig {
    return { layer: this.#layer };
  }
}
