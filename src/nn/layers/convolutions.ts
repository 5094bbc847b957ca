import type { Variable } from "../../core/backend.js";
import { conv2dFlops, type PaddingRequest, windowGeometry } from "../../core/geometry.js";
import { OptionReader, type Padding, type Pair } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { conv2d } from "../../ops/conv/conv2d.js";
import { convTranspose2d } from "../../ops/conv/convTranspose2d.js";
import { ACTIVATIONS, type ActivationName, activate } from "../activations.js";
import { glorotUniform, type Initializer, zeros } from "../initializers.js";
import { type BuildScope, Layer } from "../layer.js";
import { builtWeight, imageOf } from "./shapes.js";

export interface ConvolutionOptions {
  readonly kernelSize: Pair;
  /** 1 if left out. */
  readonly strides?: Pair | undefined;
  /** "valid" if left out. */
  readonly padding?: Padding | undefined;
  /** "none" if left out. */
  readonly activation?: ActivationName | undefined;
  /** True if left out. */
  readonly useBias?: boolean | undefined;
  /** `glorotUniform` if left out. */
  readonly kernelInitializer?: Initializer | undefined;
}

export interface Conv2DOptions extends ConvolutionOptions {
  /** Output channels. */
  readonly filters: number;
  /** 1 if left out. */
  readonly dilationRate?: Pair | undefined;
  /** 1 if left out. */
  readonly groups?: number | undefined;
}

export interface DepthwiseConv2DOptions extends ConvolutionOptions {
  /** Output channels for each input channel; 1 if left out. */
  readonly depthMultiplier?: number | undefined;
  /** 1 if left out. */
  readonly dilationRate?: Pair | undefined;
}

export interface ConvTranspose2DOptions extends ConvolutionOptions {
  /** Output channels. */
  readonly filters: number;
}

const KNOWN = ["kernelSize", "strides", "padding", "activation", "useBias", "kernelInitializer"];

/** What convolutions have in common: kernel, bias, activation. */
export abstract class Convolution extends Layer {
  protected readonly kernelSize: readonly [number, number];
  protected readonly strides: readonly [number, number];
  protected readonly padding: Padding;
  protected readonly activation: ActivationName;
  protected kernel: Variable | undefined;
  protected bias: Variable | undefined;
  /** @internal */
  protected readonly reader: OptionReader;
  readonly #useBias: boolean;
  readonly #initializer: Initializer;

  constructor(layer: string, options: ConvolutionOptions, known: readonly string[]) {
    super();
    this.reader = new OptionReader(layer, options, [...KNOWN, ...known]);
    this.kernelSize = this.reader.pair("kernelSize", 1);
    this.strides = this.reader.pair("strides", 1, [1, 1]);
    this.reader.padding();
    this.padding = options.padding ?? "valid";
    this.activation = this.reader.word("activation", ACTIVATIONS, "none");
    this.#useBias = this.reader.boolean("useBias", true);
    this.#initializer = options.kernelInitializer ?? glorotUniform;
  }

  protected makeWeights(scope: BuildScope, kernelShape: Shape, filters: number): void {
    this.kernel = scope.weight("kernel", kernelShape, this.#initializer);
    if (this.#useBias) this.bias = scope.weight("bias", [filters], zeros);
  }

  /** The activation that the operator does itself. */
  protected get fused(): "none" | "relu" {
    return this.activation === "relu" ? "relu" : "none";
  }

  protected finish(y: Tensor): Tensor {
    return this.activation === "relu" ? y : activate(y, this.activation);
  }
}

/** A two-dimensional convolution over [N, H, W, C] (Keras's Conv2D). Its kernel is [R, S, C / groups, filters]. */
export class Conv2D extends Convolution {
  readonly kind: string = "conv2d";
  readonly #filters: number | undefined;
  readonly #multiplier: number;
  readonly #dilations: readonly [number, number];
  #groups: number;

  constructor(options: Conv2DOptions);
  /** @internal For DepthwiseConv2D: as many groups as channels. */
  constructor(options: DepthwiseConv2DOptions, layer: string);
  constructor(options: Conv2DOptions | DepthwiseConv2DOptions, layer = "Conv2D") {
    const depthwise = layer !== "Conv2D";
    super(layer, options, depthwise ? ["depthMultiplier", "dilationRate"] : ["filters", "dilationRate", "groups"]);
    this.#dilations = this.reader.pair("dilationRate", 1, [1, 1]);
    this.#filters = depthwise ? undefined : this.reader.integer("filters", 1);
    this.#multiplier = depthwise ? this.reader.integer("depthMultiplier", 1, 1) : 1;
    this.#groups = depthwise ? 0 : this.reader.integer("groups", 1, 1);
  }

  build(scope: BuildScope, inputShape: Shape): Shape {
    const [h, w, c] = imageOf(this.kind, inputShape);
    if (this.#filters === undefined) this.#groups = c;
    const k = this.#filters ?? c * this.#multiplier;
    const cPerGroup = c / this.#groups;
    const geometry = geometryOf(this.kind, [h, w, c], {
      window: this.kernelSize,
      strides: this.strides,
      dilations: this.#dilations,
      padding: this.reader.padding(),
    });
    this.makeWeights(scope, [...this.kernelSize, cPerGroup, k], k);
    this.flops = conv2dFlops({ ...geometry, k, groups: this.#groups, cPerGroup, kPerGroup: k / this.#groups });
    return [geometry.p, geometry.q, k];
  }

  call(x: Tensor): Tensor {
    const { kernel, bias, strides, padding } = this;
    return this.finish(
      conv2d(x, builtWeight(this.kind, kernel), {
        bias: bias?.value,
        strides,
        padding,
        dilations: this.#dilations,
        groups: this.#groups,
        activation: this.fused,
      }),
    );
  }
}

/** A convolution of each channel by itself (Keras's DepthwiseConv2D). Its kernel is [R, S, 1, C · depthMultiplier]. */
export class DepthwiseConv2D extends Conv2D {
  override readonly kind = "depthwise_conv2d";

  constructor(options: DepthwiseConv2DOptions) {
    super(options, "DepthwiseConv2D");
  }
}

/** A transposed convolution over [N, H, W, C] (Keras's Conv2DTranspose). Its kernel is [R, S, filters, C]. */
export class ConvTranspose2D extends Convolution {
  readonly kind = "conv_transpose2d";
  readonly #filters: number;

  constructor(options: ConvTranspose2DOptions) {
    super("ConvTranspose2D", options, ["filters"]);
    this.#filters = this.reader.integer("filters", 1);
  }

  build(scope: BuildScope, inputShape: Shape): Shape {
    const [h, w, c] = imageOf(this.kind, inputShape);
    this.makeWeights(scope, [...this.kernelSize, this.#filters, c], this.#filters);
    this.flops = 2 * h * w * c * this.#filters * this.kernelSize[0] * this.kernelSize[1];
    const padding = this.reader.padding();
    const extent = (i: 0 | 1, input: number) => {
      if (padding === "same") return input * this.strides[i];
      return (input - 1) * this.strides[i] + this.kernelSize[i] - (padding[2 * i] ?? 0) - (padding[2 * i + 1] ?? 0);
    };
    return [extent(0, h), extent(1, w), this.#filters];
  }

  call(x: Tensor): Tensor {
    const { kernel, bias, strides, padding } = this;
    const options = { bias: bias?.value, strides, padding, activation: this.fused };
    return this.finish(convTranspose2d(x, builtWeight(this.kind, kernel), options));
  }
}

interface Sliding {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: PaddingRequest;
}

function geometryOf(layer: string, [h, w, c]: readonly [number, number, number], sliding: Sliding) {
  return windowGeometry(layer, { n: 1, h, w, c }, { ...sliding, rounding: "floor" });
}
