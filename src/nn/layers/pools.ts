import type { Padding, Pair } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { averagePool2d } from "../../ops/pool/averagePool2d.js";
import { globalAveragePool2d } from "../../ops/pool/globalAveragePool2d.js";
import { globalMaxPool2d } from "../../ops/pool/globalMaxPool2d.js";
import { maxPool2d } from "../../ops/pool/maxPool2d.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer, paddingConfig, readPadding } from "./options.js";

export interface Pooling2DOptions extends LayerOptions {
  /** 2 if left out. */
  readonly poolSize?: Pair | undefined;
  /** `poolSize` if left out. */
  readonly strides?: Pair | undefined;
  /** "valid" if left out. */
  readonly padding?: Padding | undefined;
}

/** A pool over windows of images [N, H, W, C]. */
export abstract class Pooling2D extends NamedLayer {
  readonly #poolSize: readonly [number, number];
  readonly #strides: readonly [number, number];
  readonly #padding: Padding;

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

  protected get window() {
    return { windowDimensions: this.#poolSize, strides: this.#strides, padding: this.#padding };
  }
}

/** The largest value of each window (Keras's MaxPooling2D). */
export class MaxPooling2D extends Pooling2D {
  /** @internal */
  static get layerName(): string {
    return "MaxPooling2D";
  }

  override readonly kind: string = "max_pooling2d";
  /** @throws OptionError */
  constructor(options: Pooling2DOptions = {}) {
    super("MaxPooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return maxPool2d(x, this.window);
  }
}

/** The mean of each window (Keras's AveragePooling2D). Padding does not count. */
export class AveragePooling2D extends Pooling2D {
  /** @internal */
  static get layerName(): string {
    return "AveragePooling2D";
  }

  override readonly kind: string = "average_pooling2d";
  /** @throws OptionError */
  constructor(options: Pooling2DOptions = {}) {
    super("AveragePooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return averagePool2d(x, this.window);
  }
}

export interface GlobalPooling2DOptions extends LayerOptions {
  /** Whether the output is [N, 1, 1, C] instead of [N, C]. False if left out. */
  readonly keepDims?: boolean | undefined;
}

/** A pool over whole images [N, H, W, C]. */
export abstract class GlobalPooling2D extends NamedLayer {
  readonly #keepDims: boolean;

  constructor(layer: string, options: GlobalPooling2DOptions) {
    super(layer, options, ["keepDims"]);
    this.#keepDims = this.reader.boolean("keepDims", false);
  }

  override config(): LayerConfig {
    return { keepDims: this.#keepDims };
  }

  /** @param pooled [N, 1, 1, C] */
  protected shaped(pooled: Tensor): Tensor {
    const [n = 1, , , c = 1] = pooled.shape;
    return this.#keepDims ? pooled : reshape(pooled, [n, c]);
  }
}

/** The mean of each channel (Keras's GlobalAveragePooling2D). */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  /** @internal */
  static get layerName(): string {
    return "GlobalAveragePooling2D";
  }

  override readonly kind: string = "global_average_pooling2d";
  /** @throws OptionError */
  constructor(options: GlobalPooling2DOptions = {}) {
    super("GlobalAveragePooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return this.shaped(globalAveragePool2d(x));
  }
}

/** The largest value of each channel (Keras's GlobalMaxPooling2D). */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  /** @internal */
  static get layerName(): string {
    return "GlobalMaxPooling2D";
  }

  override readonly kind: string = "global_max_pooling2d";
  /** @throws OptionError */
  constructor(options: GlobalPooling2DOptions = {}) {
    super("GlobalMaxPooling2D", options);
  }

  override call(x: Tensor): Tensor {
    return this.shaped(globalMaxPool2d(x));
  }
}
