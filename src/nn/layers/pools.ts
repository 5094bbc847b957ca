import type { Padding, Pair } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { averagePool2d } from "../../ops/pool/averagePool2d.js";
import { globalAveragePool2d } from "../../ops/pool/globalAveragePool2d.js";
import { globalMaxPool2d } from "../../ops/pool/globalMaxPool2d.js";
import { maxPool2d } from "../../ops/pool/maxPool2d.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer, paddingConfig, readPadding } from "./options.js";

/** The options of `MaxPooling2D` and `AveragePooling2D`. */
export interface Pooling2DOptions extends LayerOptions {
  /** Height and width of the window, in pixels. 2 if left out. */
  readonly poolSize?: Pair | undefined;
  /** The steps of the window along height and width, in pixels. If left out, `poolSize`: the windows touch. */
  readonly strides?: Pair | undefined;
  /**
   * Pixels around the image, which never count: "valid" for none, "same" for an output of ⌈extent / stride⌉ pixels, or
   * numbers of pixels. "valid" if left out: rows and columns that fill no window are left out.
   */
  readonly padding?: Padding | undefined;
}

/** The base class of pools over windows. They take images [N, H, W, C], and give [N, H′, W′, C]. */
export abstract class Pooling2D extends NamedLayer {
  readonly #poolSize: readonly [number, number];
  readonly #strides: readonly [number, number];
  readonly #padding: Padding;

  /**
   * @param layer the name of the class, for messages and files
   * @throws OptionError if an option is unknown or invalid
   */
  constructor(layer: string, options: Pooling2DOptions) {
    super(layer, options, ["poolSize", "strides", "padding"]);
    this.#poolSize = this.reader.pair("poolSize", 1, [2, 2]);
    this.#strides = this.reader.pair("strides", 1, this.#poolSize);
    this.#padding = readPadding(this.reader);
  }

  override config(): LayerConfig {
    return {
      poolSize: [...this.#poolSize],
      strides: [...this.#strides],
      padding: paddingConfig(this.#padding),
    };
  }

  /** @internal The options of the operator that slides the window. */
  protected get window() {
    return { windowDimensions: this.#poolSize, strides: this.#strides, padding: this.#padding };
  }
}

/**
 * Takes the largest value of each window and channel (Keras's MaxPooling2D). Images [N, H, W, C] become [N, H′, W′, C].
 *
 * @example
 * ```ts
 * const model = new Sequential([new MaxPooling2D()]).build(backend, { inputShape: [2, 4, 1] });
 * const y = model.predict(backend.tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 1]));
 * y.shape; // [1, 1, 2, 1]
 * await y.read(); // [6, 8]
 * ```
 */
export class MaxPooling2D extends Pooling2D {
  /** @internal */
  static get layerName(): string {
    return "MaxPooling2D";
  }

  override readonly kind: string = "max_pooling2d";
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: Pooling2DOptions = {}) {
    super("MaxPooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return maxPool2d(x, this.window);
  }
}

/**
 * Takes the mean of each window and channel (Keras's AveragePooling2D). Images [N, H, W, C] become [N, H′, W′, C].
 * Padding does not count: at the border, the sum is divided by the number of pixels of the image in the window.
 *
 * @example
 * ```ts
 * const model = new Sequential([new AveragePooling2D()]).build(backend, { inputShape: [2, 4, 1] });
 * await model.predict(backend.tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 1])).read(); // [3.5, 5.5]
 * ```
 */
export class AveragePooling2D extends Pooling2D {
  /** @internal */
  static get layerName(): string {
    return "AveragePooling2D";
  }

  override readonly kind: string = "average_pooling2d";
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: Pooling2DOptions = {}) {
    super("AveragePooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return averagePool2d(x, this.window);
  }
}

/** The options of `GlobalAveragePooling2D` and `GlobalMaxPooling2D`. */
export interface GlobalPooling2DOptions extends LayerOptions {
  /** Whether the output is [N, 1, 1, C] instead of [N, C]. False if left out. */
  readonly keepDims?: boolean | undefined;
}

/** The base class of pools over whole images. They take images [N, H, W, C], and give [N, C]. */
export abstract class GlobalPooling2D extends NamedLayer {
  readonly #keepDims: boolean;

  /**
   * @param layer the name of the class, for messages and files
   * @throws OptionError if an option is unknown or invalid
   */
  constructor(layer: string, options: GlobalPooling2DOptions) {
    super(layer, options, ["keepDims"]);
    this.#keepDims = this.reader.boolean("keepDims", false);
  }

  override config(): LayerConfig {
    return { keepDims: this.#keepDims };
  }

  /** @internal @param pooled [N, 1, 1, C] @returns the same values as [N, C], unless `keepDims` is set */
  protected shaped(pooled: Tensor): Tensor {
    const [n = 1, , , c = 1] = pooled.shape;
    return this.#keepDims ? pooled : reshape(pooled, [n, c]);
  }
}

/**
 * Takes the mean of each channel over the whole image, from [N, H, W, C] to [N, C] (Keras's GlobalAveragePooling2D).
 * The size of the images may vary.
 *
 * @example
 * ```ts
 * const model = new Sequential([new GlobalAveragePooling2D()]).build(backend, { inputShape: [null, null, 2] });
 * await model.predict(backend.tensor([1, 10, 3, 30], [1, 1, 2, 2])).read(); // [2, 20]
 * ```
 */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  /** @internal */
  static get layerName(): string {
    return "GlobalAveragePooling2D";
  }

  override readonly kind: string = "global_average_pooling2d";
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: GlobalPooling2DOptions = {}) {
    super("GlobalAveragePooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return this.shaped(globalAveragePool2d(x));
  }
}

/**
 * Takes the largest value of each channel over the whole image, from [N, H, W, C] to [N, C] (Keras's
 * GlobalMaxPooling2D). The size of the images may vary.
 *
 * @example
 * ```ts
 * const model = new Sequential([new GlobalMaxPooling2D()]).build(backend, { inputShape: [null, null, 2] });
 * await model.predict(backend.tensor([1, 10, 3, 30], [1, 1, 2, 2])).read(); // [3, 30]
 * ```
 */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  /** @internal */
  static get layerName(): string {
    return "GlobalMaxPooling2D";
  }

  override readonly kind: string = "global_max_pooling2d";
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: GlobalPooling2DOptions = {}) {
    super("GlobalMaxPooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return this.shaped(globalMaxPool2d(x));
  }
}
