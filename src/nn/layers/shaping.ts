import { ShapeError } from "../../core/errors.js";
import type { Padding4 } from "../../core/geometry.js";
import { isInteger, type OptionReader, type Pair } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { crop } from "../../ops/pad/crop.js";
import { pad2d } from "../../ops/pad/pad2d.js";
import { resample2d } from "../../ops/resample/resample2d.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";
import { checkOneInput } from "./shapes.js";

/**
 * Puts all values of an example into one row, in their order: [N, H, W, C] becomes [N, H · W · C] (Keras's Flatten).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Flatten()]).build(backend, { inputShape: [4, 4, 3] });
 * model.predict(backend.zeros([2, 4, 4, 3])).shape; // [2, 48]
 * ```
 */
export class Flatten extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Flatten";
  }

  override readonly kind: string = "flatten";
  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: LayerOptions = {}) {
    super("Flatten", options);
  }

  override call(x: Tensor): Tensor {
    checkOneInput(this.kind, x);
    const [n = 1] = x.shape;
    return reshape(x, [n, x.size / n]);
  }
}

/** The options of `Reshape`. */
export interface ReshapeOptions extends LayerOptions {
  /** The extents of an example, without the batch. One of them may be −1: it follows from the others. Required. */
  readonly targetShape: Shape;
}

/**
 * Gives each example other extents, with the same values in the same order (Keras's Reshape).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Reshape({ targetShape: [4, 4, -1] })]).build(backend, { inputShape: [48] });
 * model.predict(backend.zeros([2, 48])).shape; // [2, 4, 4, 3]
 * ```
 */
export class Reshape extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Reshape";
  }

  override readonly kind: string = "reshape";
  readonly #targetShape: Shape;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: ReshapeOptions) {
    super("Reshape", options, ["targetShape"]);
    const given = this.reader.given("targetShape");
    const extents: readonly unknown[] = Array.isArray(given) ? given : [];
    const shape = extents.filter((extent) => isInteger(extent, 1) || extent === -1);
    const open = shape.filter((extent) => extent === -1).length;
    if (!Array.isArray(given) || shape.length < extents.length || open > 1) {
      this.reader.refuse("targetShape", given, "positive integers, one of which may be −1, such as [7, 7, −1]");
    }
    this.#targetShape = shape;
  }

  override call(x: Tensor): Tensor {
    checkOneInput(this.kind, x);
    const [n = 1] = x.shape;
    const known = elementsOf(this.#targetShape.filter((extent) => extent > 0));
    const rest = x.size / n / known;
    const shape = this.#targetShape.map((extent) => (extent > 0 ? extent : rest));
    if (n * elementsOf(shape) !== x.size || !Number.isInteger(rest)) {
      throw new ShapeError(
        `reshape: its input is [${x.shape.slice(1).join(", ")}] for each example, expected as many values as targetShape [${this.#targetShape.join(", ")}] has`,
      );
    }
    return reshape(x, [n, ...shape]);
  }

  override config(): LayerConfig {
    return { targetShape: [...this.#targetShape] };
  }
}

/** The options of `UpSampling2D`. */
export interface UpSampling2DOptions extends LayerOptions {
  /** The factors of height and width, integers of at least 1. 2 if left out. */
  readonly size?: Pair | undefined;
  /** "nearest" repeats pixels. "bilinear" interpolates between them. "nearest" if left out. */
  readonly interpolation?: "nearest" | "bilinear" | undefined;
}

/**
 * Enlarges images [N, H, W, C] by integer factors (Keras's UpSampling2D).
 *
 * @example
 * ```ts
 * const model = new Sequential([new UpSampling2D({ size: [1, 3] })]).build(backend, { inputShape: [1, 2, 1] });
 * await model.predict(backend.tensor([5, 7], [1, 1, 2, 1])).read(); // [5, 5, 5, 7, 7, 7]
 * ```
 */
export class UpSampling2D extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "UpSampling2D";
  }

  override readonly kind: string = "up_sampling2d";
  readonly #size: readonly [number, number];
  readonly #interpolation: "nearest" | "bilinear";

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: UpSampling2DOptions = {}) {
    super("UpSampling2D", options, ["size", "interpolation"]);
    this.#size = this.reader.pair("size", 1, [2, 2]);
    this.#interpolation = this.reader.word("interpolation", ["nearest", "bilinear"], "nearest");
  }

  override call(x: Tensor): Tensor {
    const mode = this.#interpolation === "bilinear" ? "linear" : "nearest";
    return resample2d(x, { scales: this.#size, mode });
  }

  override config(): LayerConfig {
    return { size: [...this.#size], interpolation: this.#interpolation };
  }
}

/**
 * The number of rows and columns at the four sides, in pixels, as in Keras: one number for all sides, [height, width]
 * or [[top, bottom], [left, right]].
 */
export type Sides =
  | number
  | readonly [number, number]
  | readonly [readonly [number, number], readonly [number, number]];

/** The options of `ZeroPadding2D`. */
export interface ZeroPadding2DOptions extends LayerOptions {
  /** The number of rows and columns of zeros at each side. 1 if left out. */
  readonly padding?: Sides | undefined;
}

/**
 * Puts zeros around images [N, H, W, C] (Keras's ZeroPadding2D).
 *
 * @example
 * ```ts
 * const model = new Sequential([new ZeroPadding2D()]).build(backend, { inputShape: [1, 1, 1] });
 * await model.predict(backend.full([1, 1, 1, 1], 5)).read(); // [0, 0, 0, 0, 5, 0, 0, 0, 0]
 * ```
 */
export class ZeroPadding2D extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "ZeroPadding2D";
  }

  override readonly kind: string = "zero_padding2d";
  readonly #padding: Padding4;

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: ZeroPadding2DOptions = {}) {
    super("ZeroPadding2D", options, ["padding"]);
    this.#padding = readSides(this.reader, "padding", 1);
  }

  override call(x: Tensor): Tensor {
    return pad2d(x, { padding: this.#padding });
  }

  override config(): LayerConfig {
    return { padding: pairsOf(this.#padding) };
  }
}

/** The options of `Cropping2D`. */
export interface Cropping2DOptions extends LayerOptions {
  /** The number of rows and columns that are cut off at each side. 0 if left out. */
  readonly cropping?: Sides | undefined;
}

/**
 * Cuts rows and columns off the sides of images [N, H, W, C] (Keras's Cropping2D).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Cropping2D({ cropping: 1 })]).build(backend, { inputShape: [3, 3, 1] });
 * await model.predict(backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1])).read(); // [5]
 * ```
 */
export class Cropping2D extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Cropping2D";
  }

  override readonly kind: string = "cropping2d";
  readonly #cropping: Padding4;

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: Cropping2DOptions = {}) {
    super("Cropping2D", options, ["cropping"]);
    this.#cropping = readSides(this.reader, "cropping", 0);
  }

  override call(x: Tensor): Tensor {
    return crop(x, { cropping: this.#cropping });
  }

  override config(): LayerConfig {
    return { cropping: pairsOf(this.#cropping) };
  }
}

/** Sides as Keras gives them, in one of three forms. @throws OptionError */
export function readSides(reader: OptionReader, name: string, fallback: number): Padding4 {
  const value = reader.given(name) ?? fallback;
  const [height, width, ...rest]: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const [top, bottom, ...more]: readonly unknown[] = Array.isArray(height) ? height : [height, height];
  const [left, right, ...others]: readonly unknown[] = Array.isArray(width) ? width : [width, width];
  const extra = rest.length + more.length + others.length;
  if (!isInteger(top, 0) || !isInteger(bottom, 0) || !isInteger(left, 0) || !isInteger(right, 0) || extra > 0) {
    reader.refuse(name, value, "one integer ≥ 0, [height, width] or [[top, bottom], [left, right]]");
  }
  return [top, bottom, left, right];
}

function pairsOf([top, bottom, left, right]: Padding4) {
  return [
    [top, bottom],
    [left, right],
  ];
}
