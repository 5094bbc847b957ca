import { OptionError, show } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import type { LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";

export interface ConcatenateOptions extends LayerOptions {
  /** The axis to join along, counted with the batch. A negative number counts from the end. −1 if left out. */
  readonly axis?: number | undefined;
}

/** Joins its inputs along an axis (Keras's Concatenate): `new Concatenate().apply([a, b])`. */
export class Concatenate extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Concatenate";
  }

  override readonly kind: string = "concatenate";
  readonly #axis: number;

  /** @throws OptionError */
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

/** Joins its inputs one after the other, element by element. Their shapes are broadcast. */
export abstract class Merging extends NamedLayer {
  /** Joins two tensors. */
  protected abstract merge(a: Tensor, b: Tensor): Tensor;

  override call(x: readonly Tensor[]): Tensor {
    checkSeveral(this.kind, x);
    return x.reduce((a, b) => this.merge(a, b));
  }
}

/** The sum of its inputs (Keras's Add): `new Add().apply([a, b])`. Their shapes are broadcast. */
export class Add extends Merging {
  /** @internal */
  static get layerName(): string {
    return "Add";
  }

  override readonly kind: string = "add";

  /** @throws OptionError */
  constructor(options: LayerOptions = {}) {
    super("Add", options);
  }

  protected override merge(a: Tensor, b: Tensor): Tensor {
    return add(a, b);
  }
}

/** The product of its inputs, element by element (Keras's Multiply). Their shapes are broadcast. */
export class Multiply extends Merging {
  /** @internal */
  static get layerName(): string {
    return "Multiply";
  }

  override readonly kind: string = "multiply";

  /** @throws OptionError */
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
