import { windowGeometry } from "../../core/geometry.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { averagePool2d } from "../../ops/pool/averagePool2d.js";
import { globalAveragePool2d } from "../../ops/pool/globalAveragePool2d.js";
import { maxPool2d } from "../../ops/pool/maxPool2d.js";
import { type BuildScope, Layer } from "../layer.js";
import { imageOf } from "./shapes.js";

export interface Pool2DOptions {
  /** 2 if left out. */
  readonly poolSize?: Pair | undefined;
  /** `poolSize` if left out. */
  readonly strides?: Pair | undefined;
  /** "valid" if left out. */
  readonly padding?: Padding | undefined;
}

export abstract class Pool2D extends Layer {
  readonly #reader: OptionReader;
  protected readonly poolSize: readonly [number, number];
  protected readonly strides: readonly [number, number];
  protected readonly padding: Padding;

  constructor(layer: string, options: Pool2DOptions) {
    super();
    this.#reader = new OptionReader(layer, options, ["poolSize", "strides", "padding"]);
    this.poolSize = this.#reader.pair("poolSize", 1, [2, 2]);
    this.strides = this.#reader.pair("strides", 1, this.poolSize);
    this.#reader.padding();
    this.padding = options.padding ?? "valid";
  }

  build(_: BuildScope, inputShape: Shape): Shape {
    const [h, w, c] = imageOf(this.kind, inputShape);
    const { p, q } = windowGeometry(
      this.kind,
      { n: 1, h, w, c },
      {
        window: this.poolSize,
        strides: this.strides,
        dilations: [1, 1],
        padding: this.#reader.padding(),
        rounding: "floor",
      },
    );
    this.flops = p * q * c * this.poolSize[0] * this.poolSize[1];
    return [p, q, c];
  }

  protected get options() {
    return { windowDimensions: this.poolSize, strides: this.strides, padding: this.padding };
  }
}

/** The largest of each window (Keras's MaxPool2D). */
export class MaxPool2D extends Pool2D {
  readonly kind = "max_pool2d";

  constructor(options: Pool2DOptions = {}) {
    super("MaxPool2D", options);
  }

  call(x: Tensor): Tensor {
    return maxPool2d(x, this.options);
  }
}

/** The mean of each window (Keras's AveragePooling2D). Padding does not count. */
export class AveragePool2D extends Pool2D {
  readonly kind = "average_pool2d";

  constructor(options: Pool2DOptions = {}) {
    super("AveragePool2D", options);
  }

  call(x: Tensor): Tensor {
    return averagePool2d(x, this.options);
  }
}

/** The mean of each channel, [N, C] (Keras's GlobalAveragePooling2D). */
export class GlobalAveragePool2D extends Layer {
  readonly kind = "global_average_pool2d";

  build(_: BuildScope, inputShape: Shape): Shape {
    const [h, w, c] = imageOf(this.kind, inputShape);
    this.flops = h * w * c;
    return [c];
  }

  call(x: Tensor): Tensor {
    const [n = 1, , , c = 1] = x.shape;
    return reshape(globalAveragePool2d(x), [n, c]);
  }
}
