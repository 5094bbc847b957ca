import type { Variable } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import type { Padding, Pair } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { conv2d } from "../../ops/conv/conv2d.js";
import { convTranspose2d } from "../../ops/conv/convTranspose2d.js";
import { activate } from "../activations.js";
import type { ExampleShape } from "../graph/extents.js";
import type { BuildScope, LayerConfig } from "../layer.js";
import { LinearLayer } from "./linear.js";
import { type KernelOptions, kernelConfig, paddingConfig, readPadding } from "./options.js";
import { channelsOf, weightValue } from "./shapes.js";

/** The options that all convolutions have. */
export interface ConvolutionOptions extends KernelOptions {
  /** Height and width of the window, in pixels. Required. */
  readonly kernelSize: Pair;
  /** The steps of the window along height and width, in pixels. 1 if left out. */
  readonly strides?: Pair | undefined;
  /**
   * Zeros around the image: "valid" for none, "same" for an output of ⌈extent / stride⌉ pixels, or numbers of pixels.
   * "valid" if left out.
   */
  readonly padding?: Padding | undefined;
  /** The distances between neighbouring pixels of the window. 1 if left out: nothing lies between them. */
  readonly dilationRate?: Pair | undefined;
}

/** The options of `Conv2D`. */
export interface Conv2DOptions extends ConvolutionOptions {
  /** The number of output channels. Required. */
  readonly filters: number;
  /**
   * The number of groups of channels. Each group of outputs depends on one group of inputs only. It divides both
   * numbers of channels. 1 if left out.
   */
  readonly groups?: number | undefined;
}

/** The options of `DepthwiseConv2D`. */
export interface DepthwiseConv2DOptions extends ConvolutionOptions {
  /** The number of output channels for each input channel. 1 if left out. */
  readonly depthMultiplier?: number | undefined;
}

/** The options of `SeparableConv2D`. */
export interface SeparableConv2DOptions extends ConvolutionOptions {
  /** The number of output channels. Required. */
  readonly filters: number;
  /** The number of channels between the two convolutions, for each input channel. 1 if left out. */
  readonly depthMultiplier?: number | undefined;
}

/** The options of `Conv2DTranspose`. */
export interface Conv2DTransposeOptions extends ConvolutionOptions {
  /** The number of output channels. Required. */
  readonly filters: number;
}

const WINDOW_OPTIONS = ["kernelSize", "strides", "padding", "dilationRate"];

/** The base class of convolutions: a window, a bias and an activation. */
export abstract class Convolution extends LinearLayer {
  /** Height and width of the window. */
  protected readonly kernelSize: readonly [number, number];
  /** The steps of the window along height and width. */
  protected readonly strides: readonly [number, number];
  /** The zeros around the image. */
  protected readonly padding: Padding;
  /** The distances between neighbouring pixels of the window. */
  protected readonly dilations: readonly [number, number];

  /**
   * @param layer the name of the class, for messages and files
   * @param known the names of its own options
   * @throws OptionError if an option is missing, unknown or invalid
   */
  constructor(layer: string, options: ConvolutionOptions, known: readonly string[]) {
    super(layer, options, [...known, ...WINDOW_OPTIONS]);
    this.kernelSize = this.reader.pair("kernelSize", 1);
    this.strides = this.reader.pair("strides", 1, [1, 1]);
    this.padding = readPadding(this.reader);
    this.dilations = this.reader.pair("dilationRate", 1, [1, 1]);
  }

  override config(): LayerConfig {
    return {
      kernelSize: [...this.kernelSize],
      strides: [...this.strides],
      padding: paddingConfig(this.padding),
      dilationRate: [...this.dilations],
      ...kernelConfig(this.settings),
    };
  }

  /** @internal The options of the operator that slides the window. */
  protected get sliding() {
    return { strides: this.strides, padding: this.padding, dilations: this.dilations };
  }

  /** @internal The output of a convolution with this layer's window and activation. */
  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, groups: number): Tensor {
    return this.finish(conv2d(x, kernel, { ...this.sliding, bias, activation: this.fused, groups }));
  }

  /** @internal The output with the activation, if the operator has not applied it. */
  protected finish(y: Tensor): Tensor {
    return this.fused === "relu" ? y : activate(y, this.settings.activation);
  }
}

/**
 * Convolves images [N, H, W, C] to [N, H′, W′, filters] (Keras's Conv2D). Its weights are "kernel" [R, S, C / groups,
 * filters] and "bias" [filters]. As in Keras and PyTorch, the kernel is not flipped.
 *
 * @example
 * ```ts
 * const conv = new Conv2D({ filters: 1, kernelSize: 3, kernelInitializer: "ones" });
 * const model = new Sequential([conv]).build(backend, { inputShape: [4, 4, 1] });
 * const y = model.predict(backend.full([1, 4, 4, 1], 1));
 * y.shape; // [1, 2, 2, 1]
 * await y.read(); // [9, 9, 9, 9]
 * ```
 */
export class Conv2D extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "Conv2D";
  }

  override readonly kind: string = "conv2d";
  readonly #filters: number;
  readonly #groups: number;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: Conv2DOptions) {
    super("Conv2D", options, ["filters", "groups"]);
    this.#filters = this.reader.integer("filters", 1);
    this.#groups = this.reader.integer("groups", 1, 1);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const channels = channelsOf(this.kind, inputShape);
    const [filters, groups] = [this.#filters, this.#groups];
    if (channels % groups > 0 || filters % groups > 0) {
      throw new ShapeError(
        `conv2d: groups is ${groups}, expected a divisor of the ${channels} input channels and the ${filters} filters`,
      );
    }
    this.makeWeights(scope, "kernel", [...this.kernelSize, channels / groups, filters], filters, groups);
  }

  protected override outputOf(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    return this.convolved(x, kernel, bias, this.#groups);
  }

  override config(): LayerConfig {
    return { filters: this.#filters, groups: this.#groups, ...super.config() };
  }
}

/**
 * Convolves each channel by itself, from [N, H, W, C] to [N, H′, W′, C · depthMultiplier] (Keras's DepthwiseConv2D).
 * Its weights are "kernel" [R, S, 1, C · depthMultiplier] and "bias" [C · depthMultiplier].
 *
 * @example
 * ```ts
 * const depthwise = new DepthwiseConv2D({ kernelSize: 2, kernelInitializer: "ones" });
 * const model = new Sequential([depthwise]).build(backend, { inputShape: [2, 2, 2] });
 * const x = backend.tensor([1, 10, 2, 20, 3, 30, 4, 40], [1, 2, 2, 2]);
 * await model.predict(x).read(); // [10, 100]
 * ```
 */
export class DepthwiseConv2D extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "DepthwiseConv2D";
  }

  override readonly kind: string = "depthwise_conv2d";
  readonly #multiplier: number;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: DepthwiseConv2DOptions) {
    super("DepthwiseConv2D", options, ["depthMultiplier"]);
    this.#multiplier = this.reader.integer("depthMultiplier", 1, 1);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const channels = channelsOf(this.kind, inputShape);
    const outputs = channels * this.#multiplier;
    this.makeWeights(scope, "kernel", [...this.kernelSize, 1, outputs], outputs, channels);
  }

  protected override outputOf(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    return this.convolved(x, kernel, bias, x.shape[3] ?? 1);
  }

  override config(): LayerConfig {
    return { depthMultiplier: this.#multiplier, ...super.config() };
  }
}

/**
 * Convolves each channel by itself, and then mixes the channels of each pixel (Keras's SeparableConv2D; Chollet,
 * "Xception", CVPR 2017). It takes [N, H, W, C] and gives [N, H′, W′, filters]. Its weights are "depthwiseKernel" [R,
 * S, 1, C · depthMultiplier], "pointwiseKernel" [1, 1, C · depthMultiplier, filters] and "bias" [filters].
 *
 * @example
 * ```ts
 * const parametersOf = (layer: Layer) => {
 *   return new Sequential([layer]).build(backend, { inputShape: [8, 8, 4] }).summary().parameters;
 * };
 * parametersOf(new SeparableConv2D({ filters: 8, kernelSize: 3 })); // 76
 * parametersOf(new Conv2D({ filters: 8, kernelSize: 3 })); // 296
 * ```
 */
export class SeparableConv2D extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "SeparableConv2D";
  }

  override readonly kind: string = "separable_conv2d";
  readonly #filters: number;
  readonly #multiplier: number;
  #depthwise: Variable | undefined;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: SeparableConv2DOptions) {
    super("SeparableConv2D", options, ["filters", "depthMultiplier"]);
    this.#filters = this.reader.integer("filters", 1);
    this.#multiplier = this.reader.integer("depthMultiplier", 1, 1);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const channels = channelsOf(this.kind, inputShape);
    const between = channels * this.#multiplier;
    const options = { groups: channels };
    this.#depthwise = scope.weight(
      "depthwiseKernel",
      [...this.kernelSize, 1, between],
      this.settings.kernelInitializer,
      options,
    );
    this.makeWeights(scope, "pointwiseKernel", [1, 1, between, this.#filters], this.#filters);
  }

  protected override outputOf(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    const groups = x.shape[3] ?? 1;
    const between = conv2d(x, weightValue(this.kind, this.#depthwise), { ...this.sliding, groups });
    return this.finish(conv2d(between, kernel, { bias, activation: this.fused }));
  }

  override config(): LayerConfig {
    return { filters: this.#filters, depthMultiplier: this.#multiplier, ...super.config() };
  }
}

/**
 * Computes the transposed convolution of images: each pixel of the input adds a window to the output (Keras's
 * Conv2DTranspose). It takes [N, H, W, C] and gives [N, H′, W′, filters]. Its weights are "kernel" [R, S, filters, C]
 * and "bias" [filters].
 *
 * The padding gives the height H′ of the output, and its width W′ likewise. A window of R rows covers
 * D = dilationRate · (R − 1) + 1 rows.
 *
 * - "same": H′ = H · stride.
 * - "valid": H′ = H · stride + max(D − stride, 0), as in Keras. PyTorch has (H − 1) · stride + D. The two differ if
 *   D < stride: here the rows that no window reaches follow at the end.
 * - Numbers: H′ = (H − 1) · stride + D − the two paddings, as in PyTorch.
 *
 * @example
 * ```ts
 * const up = new Conv2DTranspose({ filters: 1, kernelSize: 2, strides: 2, kernelInitializer: "ones" });
 * const model = new Sequential([up]).build(backend, { inputShape: [1, 2, 1] });
 * const y = model.predict(backend.tensor([3, 5], [1, 1, 2, 1]));
 * y.shape; // [1, 2, 4, 1]
 * await y.read(); // [3, 3, 5, 5, 3, 3, 5, 5]
 * ```
 */
export class Conv2DTranspose extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "Conv2DTranspose";
  }

  override readonly kind: string = "conv2d_transpose";
  readonly #filters: number;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: Conv2DTransposeOptions) {
    super("Conv2DTranspose", options, ["filters"]);
    this.#filters = this.reader.integer("filters", 1);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const channels = channelsOf(this.kind, inputShape);
    this.makeWeights(scope, "kernel", [...this.kernelSize, this.#filters, channels], this.#filters);
  }

  /** @internal */
  override get channelAxis(): number {
    return 2;
  }

  protected override outputOf(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    const options = { ...this.sliding, bias, activation: this.fused, outputPadding: this.#added };
    return this.finish(convTranspose2d(x, kernel, options));
  }

  override config(): LayerConfig {
    return { filters: this.#filters, ...super.config() };
  }

  /** The rows and columns at the end that no window reaches. */
  get #added(): readonly [number, number] {
    const along = (i: 0 | 1) => Math.max(this.strides[i] - (this.dilations[i] * (this.kernelSize[i] - 1) + 1), 0);
    return this.padding === "valid" ? [along(0), along(1)] : [0, 0];
  }
}
