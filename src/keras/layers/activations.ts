import type { Tensor } from "../../core/tensor.js";
import type { LayerConfig } from "../../nn/layer.js";
import { type LayerOptions, NamedLayer } from "../../nn/layers/options.js";
import { transpose } from "../../ops/arrange/transpose.js";
import { abs } from "../../ops/elementwise/abs.js";
import { add } from "../../ops/elementwise/add.js";
import { clip } from "../../ops/elementwise/clip.js";
import { div } from "../../ops/elementwise/div.js";
import { elu } from "../../ops/elementwise/elu.js";
import { exp } from "../../ops/elementwise/exp.js";
import { gelu } from "../../ops/elementwise/gelu.js";
import { hardSigmoid } from "../../ops/elementwise/hardSigmoid.js";
import { leakyRelu } from "../../ops/elementwise/leakyRelu.js";
import { mul } from "../../ops/elementwise/mul.js";
import { neg } from "../../ops/elementwise/neg.js";
import { softplus } from "../../ops/elementwise/softplus.js";
import { sqrt } from "../../ops/elementwise/sqrt.js";
import { square } from "../../ops/elementwise/square.js";
import { sub } from "../../ops/elementwise/sub.js";
import { tanh } from "../../ops/elementwise/tanh.js";
import { softmax } from "../../ops/loss/softmax.js";

/** Functions of Keras that `Activation` of webgpu-cnn/nn does not have. Those of Keras 2 with other numbers end in "2". */
const FUNCTIONS = {
  exponential: (x: Tensor) => exp(x),
  geluTanh: (x: Tensor) => gelu(x, { approximate: "tanh" }),
  hardSigmoid2: (x: Tensor) => hardSigmoid(x, { alpha: 0.2, beta: 0.5 }),
  hardTanh: (x: Tensor) => clip(x, { min: -1, max: 1 }),
  logSigmoid: (x: Tensor) => neg(softplus(neg(x))),
  mish: (x: Tensor) => mul(x, tanh(softplus(x))),
  selu: (x: Tensor) => mul(elu(x, { alpha: SELU.alpha }), scalar(x, SELU.scale)),
  softShrink: (x: Tensor) => sub(x, clip(x, { min: -0.5, max: 0.5 })),
  softsign: (x: Tensor) => div(x, add(abs(x), scalar(x, 1))),
  squareplus: (x: Tensor) => mul(add(x, sqrt(add(square(x), scalar(x, 4)))), scalar(x, 0.5)),
  tanhShrink: (x: Tensor) => sub(x, tanh(x)),
} as const;

/** The functions that `MoreActivation` computes. */
export type MoreActivationName = keyof typeof FUNCTIONS;

export const MORE_ACTIVATIONS: readonly MoreActivationName[] = [
  ...(["exponential", "geluTanh", "hardSigmoid2", "hardTanh", "logSigmoid", "mish", "selu"] as const),
  ...(["softShrink", "softsign", "squareplus", "tanhShrink"] as const),
];

/** Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017. */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

function scalar(x: Tensor, value: number): Tensor {
  return x.backend.full([], value);
}

export interface MoreActivationOptions extends LayerOptions {
  /** The function. Required. */
  readonly activation: MoreActivationName;
}

/**
 * A function of Keras's `keras.activations` that the layer Activation does not have, with Keras's defaults.
 *
 * @example
 * ```ts
 * const model = new Sequential([new MoreActivation({ activation: "softsign" })]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[-1, 3]])).read(); // [-0.5, 0.75]
 * ```
 */
export class MoreActivation extends NamedLayer {
  override readonly kind: string = "activation";
  readonly #activation: MoreActivationName;

  /** @throws OptionError if there is no such function */
  constructor(options: MoreActivationOptions) {
    super("MoreActivation", options, ["activation"]);
    this.#activation = this.reader.word("activation", MORE_ACTIVATIONS);
  }

  override call(x: Tensor): Tensor {
    return FUNCTIONS[this.#activation](x);
  }

  override config(): LayerConfig {
    return { activation: this.#activation };
  }
}

export interface ReLUOptions extends LayerOptions {
  /** The largest value. None if left out. */
  readonly maxValue?: number | undefined;
  /** The slope where x is negative. 0 if left out. */
  readonly negativeSlope?: number | undefined;
}

/**
 * x where it is positive, else negativeSlope · x, and at most maxValue (Keras's ReLU and LeakyReLU).
 *
 * @example
 * ```ts
 * const model = new Sequential([new ReLU({ maxValue: 6, negativeSlope: 0.5 })]).build(backend, { inputShape: [3] });
 * await model.predict(backend.tensor([[-2, 3, 9]])).read(); // [-1, 3, 6]
 * ```
 */
export class ReLU extends NamedLayer {
  override readonly kind: string = "re_lu";
  readonly #maxValue: number | undefined;
  readonly #negativeSlope: number;

  /** @throws OptionError if an option is invalid */
  constructor(options: ReLUOptions = {}) {
    super("ReLU", options, ["maxValue", "negativeSlope"]);
    this.#negativeSlope = this.reader.finiteNumber("negativeSlope", 0);
    if (this.reader.given("maxValue") !== undefined) this.#maxValue = this.reader.finiteNumber("maxValue", 0);
  }

  override call(x: Tensor): Tensor {
    const [slope, maxValue] = [this.#negativeSlope, this.#maxValue];
    if (slope === 0) return clip(x, { min: 0, max: maxValue });
    const y = leakyRelu(x, { alpha: slope });
    return maxValue === undefined ? y : clip(y, { max: maxValue });
  }

  override config(): LayerConfig {
    const maxValue = this.#maxValue;
    return { negativeSlope: this.#negativeSlope, ...(maxValue === undefined ? {} : { maxValue }) };
  }
}

export interface ELUOptions extends LayerOptions {
  /** 1 if left out. */
  readonly alpha?: number | undefined;
}

/**
 * x where it is positive, else alpha · (eˣ − 1) (Keras's ELU).
 *
 * @example
 * ```ts
 * const model = new Sequential([new ELU()]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[-1, 2]])).read(); // ≈ [-0.632, 2]
 * ```
 */
export class ELU extends NamedLayer {
  override readonly kind: string = "elu";
  readonly #alpha: number;

  /** @throws OptionError if an option is invalid */
  constructor(options: ELUOptions = {}) {
    super("ELU", options, ["alpha"]);
    this.#alpha = this.reader.finiteNumber("alpha", 1);
  }

  override call(x: Tensor): Tensor {
    return elu(x, { alpha: this.#alpha });
  }

  override config(): LayerConfig {
    return { alpha: this.#alpha };
  }
}

export interface SoftmaxOptions extends LayerOptions {
  /** The axis of the classes, counted with the batch. A negative number counts from the end. −1 if left out. */
  readonly axis?: number | undefined;
}

/**
 * The softmax along an axis (Keras's Softmax).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Softmax({ axis: 1 })]).build(backend, { inputShape: [2, 2] });
 * await model.predict(backend.tensor([[[0, 5], [0, 5]]])).read(); // [0.5, 0.5, 0.5, 0.5]
 * ```
 */
export class Softmax extends NamedLayer {
  override readonly kind: string = "softmax";
  readonly #axis: number;

  /** @throws OptionError if an option is invalid */
  constructor(options: SoftmaxOptions = {}) {
    super("Softmax", options, ["axis"]);
    this.#axis = this.reader.integer("axis", Number.MIN_SAFE_INTEGER, -1);
  }

  override call(x: Tensor): Tensor {
    const rank = x.shape.length;
    const axis = this.#axis < 0 ? this.#axis + rank : this.#axis;
    if (axis < 1 || axis >= rank)
      this.reader.refuse("axis", this.#axis, `an axis of [${x.shape.join(", ")}] after the batch`);
    if (axis === rank - 1) return softmax(x);
    const order = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
    return transpose(softmax(transpose(x, { permutation: order })), { permutation: order });
  }

  override config(): LayerConfig {
    return { axis: this.#axis };
  }
}
