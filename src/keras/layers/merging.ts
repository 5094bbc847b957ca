import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import type { LayerConfig } from "../../nn/layer.js";
import { checkSeveral, Merging } from "../../nn/layers/merging.js";
import { type LayerOptions, NamedLayer } from "../../nn/layers/options.js";
import { add } from "../../ops/elementwise/add.js";
import { div } from "../../ops/elementwise/div.js";
import { maximum } from "../../ops/elementwise/maximum.js";
import { minimum } from "../../ops/elementwise/minimum.js";
import { mul } from "../../ops/elementwise/mul.js";
import { sub } from "../../ops/elementwise/sub.js";

/**
 * The first input minus the second (Keras's Subtract).
 *
 * @example
 * ```ts
 * const [a, b] = [input([2], { name: "a" }), input([2], { name: "b" })];
 * const model = new Model({ inputs: [a, b], outputs: new Subtract().apply([a, b]) }).build(backend);
 * const y = model.predict({ a: backend.tensor([[1, 2]]), b: backend.tensor([[10, 20]]) });
 * await y.read(); // [-9, -18]
 * ```
 */
export class Subtract extends Merging {
  override readonly kind: string = "subtract";
  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("Subtract", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return sub(a, b);
  }
}

/**
 * The first input divided by the second (Keras's `ops.divide`).
 *
 * @example
 * ```ts
 * const [a, b] = [input([2], { name: "a" }), input([2], { name: "b" })];
 * const model = new Model({ inputs: [a, b], outputs: new Divide().apply([a, b]) }).build(backend);
 * const y = model.predict({ a: backend.tensor([[1, 2]]), b: backend.tensor([[10, 20]]) });
 * await y.read(); // [0.1, 0.1]
 * ```
 */
export class Divide extends Merging {
  override readonly kind: string = "divide";
  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("Divide", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return div(a, b);
  }
}

/**
 * The mean of its inputs, element by element (Keras's Average).
 *
 * @example
 * ```ts
 * const [a, b] = [input([2], { name: "a" }), input([2], { name: "b" })];
 * const model = new Model({ inputs: [a, b], outputs: new Average().apply([a, b]) }).build(backend);
 * const y = model.predict({ a: backend.tensor([[1, 2]]), b: backend.tensor([[10, 20]]) });
 * await y.read(); // [5.5, 11]
 * ```
 */
export class Average extends Merging {
  override readonly kind: string = "average";
  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("Average", options);
  }

  override call(x: readonly Tensor[]): Tensor {
    const total = super.call(x);
    return mul(total, total.backend.full([], 1 / x.length));
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return add(a, b);
  }
}

/**
 * The largest of its inputs, element by element (Keras's Maximum).
 *
 * @example
 * ```ts
 * const [a, b] = [input([2], { name: "a" }), input([2], { name: "b" })];
 * const model = new Model({ inputs: [a, b], outputs: new Maximum().apply([a, b]) }).build(backend);
 * const y = model.predict({ a: backend.tensor([[1, 2]]), b: backend.tensor([[10, 20]]) });
 * await y.read(); // [10, 20]
 * ```
 */
export class Maximum extends Merging {
  override readonly kind: string = "maximum";
  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("Maximum", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return maximum(a, b);
  }
}

/**
 * The smallest of its inputs, element by element (Keras's Minimum).
 *
 * @example
 * ```ts
 * const [a, b] = [input([2], { name: "a" }), input([2], { name: "b" })];
 * const model = new Model({ inputs: [a, b], outputs: new Minimum().apply([a, b]) }).build(backend);
 * const y = model.predict({ a: backend.tensor([[1, 2]]), b: backend.tensor([[10, 20]]) });
 * await y.read(); // [1, 2]
 * ```
 */
export class Minimum extends Merging {
  override readonly kind: string = "minimum";
  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("Minimum", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return minimum(a, b);
  }
}

export interface ScaledAddOptions extends LayerOptions {
  /** The factor of the second input. */
  readonly scale: number;
}

/**
 * The first input plus `scale` times the second: the residual of Inception-ResNet (Keras's CustomScaleLayer).
 *
 * @example
 * ```ts
 * const [a, b] = [input([2], { name: "a" }), input([2], { name: "b" })];
 * const model = new Model({ inputs: [a, b], outputs: new ScaledAdd({ scale: 0.5 }).apply([a, b]) }).build(backend);
 * const y = model.predict({ a: backend.tensor([[1, 2]]), b: backend.tensor([[10, 20]]) });
 * await y.read(); // [6, 12]
 * ```
 */
export class ScaledAdd extends NamedLayer {
  override readonly kind: string = "scaled_add";
  readonly #scale: number;

  /** @throws OptionError if the scale is missing or invalid */
  constructor(options: ScaledAddOptions) {
    super("ScaledAdd", options, ["scale"]);
    this.#scale = this.reader.finiteNumber("scale", Number.NaN);
  }

  override call(x: readonly Tensor[]): Tensor {
    checkSeveral(this.kind, x);
    const [shortcut, residual, ...more] = x;
    if (!shortcut || !residual || more.length > 0) {
      throw new ShapeError(`${this.kind}: it has ${x.length} inputs, expected two; give the shortcut and the residual`);
    }
    return add(shortcut, mul(residual, residual.backend.full([], this.#scale)));
  }

  override config(): LayerConfig {
    return { scale: this.#scale };
  }
}

/** The operations that `Arithmetic` knows. */
const OPERATIONS = ["add", "subtract", "multiply", "divide"] as const;

export interface ArithmeticOptions extends LayerOptions {
  /** "add", "subtract", "multiply" or "divide". Required. */
  readonly operation: (typeof OPERATIONS)[number];
  /** The number at the side of x. */
  readonly constant: number;
  /** Whether the constant comes first: constant − x, or constant / x. False if left out. */
  readonly constantFirst?: boolean | undefined;
}

/**
 * x + constant, x − constant, x · constant or x / constant, as `keras.ops` writes `x + 3` in a model.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Arithmetic({ operation: "subtract", constant: 1, constantFirst: true })]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[0.25, 3]])).read(); // [0.75, -2]
 * ```
 */
export class Arithmetic extends NamedLayer {
  override readonly kind: string = "arithmetic";
  readonly #operation: (typeof OPERATIONS)[number];
  readonly #constant: number;
  readonly #constantFirst: boolean;

  /** @throws OptionError */
  constructor(options: ArithmeticOptions) {
    super("Arithmetic", options, ["operation", "constant", "constantFirst"]);
    this.#operation = this.reader.word("operation", OPERATIONS);
    this.#constant = this.reader.finiteNumber("constant", Number.NaN);
    this.#constantFirst = this.reader.boolean("constantFirst", false);
  }

  override call(x: Tensor): Tensor {
    const constant = x.backend.full([], this.#constant);
    if (this.#operation === "add") return add(x, constant);
    if (this.#operation === "multiply") return mul(x, constant);
    const operation = this.#operation === "divide" ? div : sub;
    return this.#constantFirst ? operation(constant, x) : operation(x, constant);
  }

  override config(): LayerConfig {
    return { operation: this.#operation, constant: this.#constant, constantFirst: this.#constantFirst };
  }
}
