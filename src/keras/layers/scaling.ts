import type { Variable } from "../../core/backend.js";
import { OptionError, show } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { type ExampleShape, showExample } from "../../nn/graph/extents.js";
import type { BuildScope, LayerConfig } from "../../nn/layer.js";
import { type LayerOptions, NamedLayer } from "../../nn/layers/options.js";
import { lastExtent, weightValue } from "../../nn/layers/shapes.js";
import { add } from "../../ops/elementwise/add.js";
import { div } from "../../ops/elementwise/div.js";
import { maximum } from "../../ops/elementwise/maximum.js";
import { mul } from "../../ops/elementwise/mul.js";
import { prelu } from "../../ops/elementwise/prelu.js";
import { sqrt } from "../../ops/elementwise/sqrt.js";
import { sub } from "../../ops/elementwise/sub.js";

export interface RescalingOptions extends LayerOptions {
  /** One number, or one for each channel. */
  readonly scale: number | readonly number[];
  /** 0 if left out. */
  readonly offset?: number | readonly number[] | undefined;
}

/**
 * scale · x + offset (Keras's Rescaling).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Rescaling({ scale: 0.5, offset: -1 })]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[0, 4]])).read(); // [-1, 1]
 * ```
 */
export class Rescaling extends NamedLayer {
  override readonly kind: string = "rescaling";
  readonly #scale: number | readonly number[];
  readonly #offset: number | readonly number[];

  /** @throws OptionError if an option is missing or invalid */
  constructor(options: RescalingOptions) {
    super("Rescaling", options, ["scale", "offset"]);
    this.#scale = this.#read("scale");
    this.#offset = this.#read("offset", 0);
  }

  override call(x: Tensor): Tensor {
    const scaled = mul(x, constantFor(x, this.#scale));
    return this.#offset === 0 ? scaled : add(scaled, constantFor(x, this.#offset));
  }

  override config(): LayerConfig {
    return { scale: this.#scale, offset: this.#offset };
  }

  #read(name: string, fallback?: number): number | readonly number[] {
    const value = this.reader.given(name) ?? fallback;
    if (typeof value === "number") return value;
    if (isNumbers(value)) return [...value];
    this.reader.refuse(name, value, "a number, or one for each channel");
  }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === "number");
}

function constantFor(x: Tensor, value: number | readonly number[]): Tensor {
  return typeof value === "number" ? x.backend.full([], value) : x.backend.tensor(Float32Array.from(value));
}

export interface NormalizationOptions extends LayerOptions {
  /** The axis of the means, counted with the batch. Only the last is known. −1 if left out. */
  readonly mean?: number | readonly number[] | undefined;
  /** Together with `mean`. If both are left out, they are weights. */
  readonly variance?: number | readonly number[] | undefined;
}

/**
 * (x − mean) / √variance, with a mean and a variance for each channel (Keras's Normalization).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Normalization({ mean: [1, 10], variance: [4, 25] })]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[3, 5]])).read(); // [1, -1]
 * ```
 */
export class Normalization extends NamedLayer {
  override readonly kind: string = "normalization";
  readonly #given:
    | { readonly mean: number | readonly number[]; readonly variance: number | readonly number[] }
    | undefined;
  #mean: Variable | undefined;
  #variance: Variable | undefined;

  /** @throws OptionError if only one of the options is given, or one is invalid */
  constructor(options: NormalizationOptions = {}) {
    super("Normalization", options, ["mean", "variance"]);
    const [mean, variance] = [this.reader.given("mean"), this.reader.given("variance")];
    if (mean === undefined && variance === undefined) return;
    const isPerChannel = (value: unknown): value is number | readonly number[] =>
      typeof value === "number" || isNumbers(value);
    if (!isPerChannel(mean) || !isPerChannel(variance)) {
      throw new OptionError(
        `Normalization: mean is ${show(mean)} and variance is ${show(variance)}, expected a number for each channel in both, or neither`,
      );
    }
    this.#given = { mean, variance };
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    if (this.#given) return;
    const channels = lastExtent(this.kind, inputShape);
    this.#mean = scope.weight("mean", [channels], "zeros", { trainable: false });
    this.#variance = scope.weight("variance", [channels], "ones", { trainable: false });
  }

  override call(x: Tensor): Tensor {
    const mean = this.#given ? constantFor(x, this.#given.mean) : weightValue(this.kind, this.#mean);
    const variance = this.#given ? constantFor(x, this.#given.variance) : weightValue(this.kind, this.#variance);
    return div(sub(x, mean), maximum(sqrt(variance), x.backend.full([], EPSILON)));
  }

  override config(): LayerConfig {
    return this.#given ? { mean: this.#given.mean, variance: this.#given.variance } : {};
  }
}

/** Keras's `backend.epsilon()`, the least deviation. */
const EPSILON = 1e-7;

/**
 * x · γ, with a factor γ for each channel (Touvron et al., 2021; Keras's LayerScale of ConvNeXt).
 *
 * @example
 * ```ts
 * const model = new Sequential([new LayerScale()]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[3, 5]])).read(); // [3, 5]
 * ```
 */
export class LayerScale extends NamedLayer {
  override readonly kind: string = "layer_scale";
  #gamma: Variable | undefined;

  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("LayerScale", options);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    this.#gamma = scope.weight("gamma", [lastExtent(this.kind, inputShape)], "ones");
  }

  override call(x: Tensor): Tensor {
    return mul(x, weightValue(this.kind, this.#gamma));
  }
}

export interface PReLUOptions extends LayerOptions {
  /** Axes along which all values share a slope, counted with the batch, such as [1, 2] for one slope per channel. */
  readonly sharedAxes?: readonly number[] | undefined;
}

/**
 * x where it is positive, else alpha · x, where alpha is a weight (Keras's PReLU).
 *
 * @example
 * ```ts
 * const model = new Sequential([new PReLU()]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[-3, 5]])).read(); // [0, 5]
 * ```
 */
export class PReLU extends NamedLayer {
  override readonly kind: string = "p_re_lu";
  readonly #sharedAxes: readonly number[];
  #alpha: Variable | undefined;

  /** @throws OptionError if an option is invalid */
  constructor(options: PReLUOptions = {}) {
    super("PReLU", options, ["sharedAxes"]);
    const axes = this.reader.given("sharedAxes") ?? [];
    if (!Array.isArray(axes) || !axes.every((axis) => Number.isInteger(axis) && axis > 0)) {
      this.reader.refuse("sharedAxes", axes, "axes after the batch, such as [1, 2]");
    }
    this.#sharedAxes = [...axes];
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    const extents = inputShape.map((extent, i) => (this.#sharedAxes.includes(i + 1) ? 1 : extent));
    const fixed = extents.filter((extent) => extent !== null);
    if (fixed.length < extents.length) {
      throw new OptionError(
        `${this.kind}: its input is ${showExample(inputShape)} for each example, expected fixed extents, because each value has a slope; share them: { sharedAxes: [1, 2] }`,
      );
    }
    this.#alpha = scope.weight("alpha", fixed, "zeros");
  }

  override call(x: Tensor): Tensor {
    return prelu(x, weightValue(this.kind, this.#alpha));
  }

  override config(): LayerConfig {
    return { sharedAxes: [...this.#sharedAxes] };
  }
}
