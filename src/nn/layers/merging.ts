import { OptionError, show } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";

/** The options of `Concatenate`. */
export interface ConcatenateOptions extends LayerOptions {
  /**
   * The axis to join along. The examples are axis 0, and cannot be joined. A negative number counts from the end. −1
   * if left out: the channels, or features.
   */
  readonly axis?: number | undefined;
}

/**
 * Joins two or more tensors along an axis (Keras's Concatenate). All other extents must be equal.
 *
 * @example
 * ```ts
 * const [a, b] = [input([2]), input([1])];
 * const model = new Model({ inputs: [a, b], outputs: new Concatenate().apply([a, b]) }).build(backend);
 * await model.predict([backend.tensor([[1, 2]]), backend.tensor([[3]])]).read(); // [1, 2, 3]
 * ```
 */
export class Concatenate extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Concatenate";
  }

  override readonly kind: string = "concatenate";
  readonly #axis: number;

  /** @throws OptionError if an option is unknown, or the axis is 0 or no integer */
  constructor(options: ConcatenateOptions = {}) {
    super("Concatenate", options, ["axis"]);
    this.#axis = this.reader.integer("axis", Number.MIN_SAFE_INTEGER, -1);
    if (this.#axis === 0) this.reader.refuse("axis", 0, "an axis other than 0, that of the examples");
  }

  override call(x: readonly Tensor[]): Tensor {
    checkSeveral(this.kind, x);
    return concat(x, this.#axis);
  }

  override config(): LayerConfig {
    return { axis: this.#axis };
  }
}

/**
 * The base class of `Add` and `Multiply`: it combines two or more tensors, element by element. Shapes are broadcast.
 */
export abstract class Merging extends NamedLayer {
  /** @internal Combines two tensors. */
  protected abstract merge(a: Tensor, b: Tensor): Tensor;

  override call(x: readonly Tensor[]): Tensor {
    checkSeveral(this.kind, x);
    return x.reduce((a, b) => this.merge(a, b));
  }
}

/**
 * Adds two or more tensors, element by element (Keras's Add). Their shapes are broadcast, as in NumPy.
 *
 * @example
 * ```ts
 * const [a, b] = [input([2]), input([2])];
 * const model = new Model({ inputs: [a, b], outputs: new Add().apply([a, b]) }).build(backend);
 * await model.predict([backend.tensor([[1, 2]]), backend.tensor([[3, 4]])]).read(); // [4, 6]
 * ```
 */
export class Add extends Merging {
  /** @internal */
  static get layerName(): string {
    return "Add";
  }

  override readonly kind: string = "add";

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: LayerOptions = {}) {
    super("Add", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return add(a, b);
  }
}

/**
 * Multiplies two or more tensors, element by element (Keras's Multiply). Their shapes are broadcast, as in NumPy.
 *
 * @example
 * ```ts
 * const [a, b] = [input([2]), input([2])];
 * const model = new Model({ inputs: [a, b], outputs: new Multiply().apply([a, b]) }).build(backend);
 * await model.predict([backend.tensor([[1, 2]]), backend.tensor([[3, 4]])]).read(); // [3, 8]
 * ```
 */
export class Multiply extends Merging {
  /** @internal */
  static get layerName(): string {
    return "Multiply";
  }

  override readonly kind: string = "multiply";

  /** @throws OptionError if an option is unknown or invalid */
  constructor(options: LayerOptions = {}) {
    super("Multiply", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return mul(a, b);
  }
}

/** @throws OptionError if the inputs are not a list */
export function checkSeveral(layer: string, inputs: unknown): asserts inputs is readonly Tensor[] {
  if (Array.isArray(inputs)) return;
  throw new OptionError(`${layer}: it joins several inputs, got ${show(inputs)}; use apply([a, b]) in a graph`);
}
