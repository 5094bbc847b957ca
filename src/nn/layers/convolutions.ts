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

export interface ConvolutionOptions extends KernelOptions {
  readonly kernelSize: Pair;
  /** 1 if left out. */
  readonly strides?: Pair | undefined;
  /** "valid" if left out. */
  readonly padding?: Padding | undefined;
  /** 1 if left out. */
  readonly dilationRate?: Pair | undefined;
}

export interface Conv2DOptions extends ConvolutionOptions {
  /** The number of output channels. */
  readonly filters: number;
  /** 1 if left out. */
  readonly groups?: number | undefined;
}

export interface DepthwiseConv2DOptions extends ConvolutionOptions {
  /** The number of output channels for each input channel. 1 if left out. */
  readonly depthMultiplier?: number | undefined;
}

export interface SeparableConv2DOptions extends ConvolutionOptions {
  /** The number of output channels. */
  readonly filters: number;
  /** The number of channels between the two convolutions, for each input channel. 1 if left out. */
  readonly depthMultiplier?: number | undefined;
}

export interface Conv2DTransposeOptions extends ConvolutionOptions {
  /** The number of output channels. */
  readonly filters: number;
}

const WINDOW_OPTIONS = ["kernelSize", "strides", "padding", "dilationRate"];

/** What convolutions have in common: window, bias, activation. */
export abstract class Convolution extends LinearLayer {
  protected readonly kernelSize: readonly [number, number];
  protected readonly strides: readonly [number, number];
  protected readonly padding: Padding;
  protected readonly dilations: readonly [number, number];

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

  /** The options of the operator that slides the window. */
  protected get sliding() {
    return { strides: this.strides, padding: this.padding, dilations: this.dilations };
  }

  /** The output of a convolution with this layer's window and activation. */
  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, groups: number): Tensor {
    return this.finish(conv2d(x, kernel, { ...this.sliding, bias, activation: this.fused, groups }));
  }

  protected finish(y: Tensor): Tensor {
    return this.fused === "relu" ? y : activate(y, this.settings.activation);
  }
}

/** A convolution of images [N, H, W, C] (Keras's Conv2D). The kernel is [R, S, C / groups, filters]. */
export class Conv2D extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "Conv2D";
  }

  override readonly kind: string = "conv2d";
  readonly #filters: number;
  readonly #groups: number;

  /** @throws OptionError if an option is missing or invalid */
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

/** A convolution of each channel by itself (Keras's DepthwiseConv2D). The kernel is [R, S, 1, C · depthMultiplier]. */
export class DepthwiseConv2D extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "DepthwiseConv2D";
  }

  override readonly kind: string = "depthwise_conv2d";
  readonly #multiplier: number;

  /** @throws OptionError if an option is missing or invalid */
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
 * A convolution of each channel by itself, then one of single pixels that mixes the channels (Keras's SeparableConv2D;
 * Chollet, "Xception", CVPR 2017). The kernels are [R, S, 1, C · depthMultiplier] and [1, 1, C · depthMultiplier,
 * filters].
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

  /** @throws OptionError if an option is missing or invalid */
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
 * A transposed convolution of images [N, H, W, C] (Keras's Conv2DTranspose). The kernel is [R, S, filters, C].
 *
 * The output's height for a window of R rows, R′ = dilationRate · (R − 1) + 1, and W′ likewise:
 *
 * - "same": H · stride
 * - "valid": H · stride + max(R′ − stride, 0), as in Keras. PyTorch has (H − 1) · stride + R′, which differs if R′ < stride:
 *   here rows that no window reaches follow at the end
 * - numbers: (H − 1) · stride + R′ − the two paddings, as in PyTorch
 */
export class Conv2DTranspose extends Convolution {
  /** @internal */
  static get layerName(): string {
    return "Conv2DTranspose";
  }

  override readonly kind: string = "conv2d_transpose";
  readonly #filters: number;

  /** @throws OptionError if an option is missing or invalid */
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
