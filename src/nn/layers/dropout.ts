import { ShapeError, show } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { dropout } from "../../ops/elementwise/dropout.js";
import { mul } from "../../ops/elementwise/mul.js";
import type { BuildScope, CallContext, LayerConfig } from "../layer.js";
import { type LayerOptions, NamedLayer } from "./options.js";
import { checkOneInput } from "./shapes.js";

/** The options of the layer `Dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** The probability that a value is dropped, in [0, 1). Required. */
  readonly rate: number;
  /**
   * The extents of the mask, with the examples first. `null` stands for the extent of the input. Along an axis of
   * extent 1, values are dropped or kept together. So `[null, 1, 1, 1]` drops whole images, which is stochastic depth
   * (Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016). If left out, the mask has the shape of the
   * input.
   */
  readonly noiseShape?: readonly (number | null)[] | undefined;
}

/**
 * Sets some values to 0 while training, each with the probability `rate`, and divides the others by 1 − rate (Keras's
 * Dropout). Outside of training it changes nothing. Each step and each replica has another mask, which depends on the seed of
 * the model.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dropout({ rate: 0.5 })]).build(backend, { inputShape: [100], seed: 1 });
 * const x = backend.full([1, 100], 3);
 * [...new Set(await model.predict(x).read())]; // [3]
 * const y = model.call(x, { training: true, step: backend.full([], 0) });
 * [...new Set(await y.read())].sort(); // [0, 6]
 * ```
 */
export class Dropout extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Dropout";
  }

  override readonly kind: string = "dropout";
  readonly #rate: number;
  readonly #noiseShape: readonly (number | null)[] | undefined;
  #seed = 0;

  /** @throws OptionError if an option is missing, unknown or invalid */
  constructor(options: DropoutOptions) {
    super("Dropout", options, ["rate", "noiseShape"]);
    this.#rate = this.reader.numberFrom("rate", 0, 1);
    const noiseShape = this.reader.given("noiseShape");
    if (noiseShape === undefined) return;
    if (!isNoiseShape(noiseShape)) {
      this.reader.refuse("noiseShape", noiseShape, "null or an integer ≥ 1 for each axis, such as [null, 1, 1, 1]");
    }
    this.#noiseShape = [...noiseShape];
  }

  override build(scope: BuildScope): void {
    this.#seed = scope.seed();
  }

  override call(x: Tensor, { training, step, replica }: CallContext): Tensor {
    checkOneInput(this.kind, x);
    const options = { rate: this.#rate, seed: this.#seed, step, replica };
    const mask = this.#maskShape(x);
    if (!training) return x;
    return mask ? mul(x, dropout(x.backend.full(mask, 1), options)) : dropout(x, options);
  }

  override config(): LayerConfig {
    return { rate: this.#rate, ...(this.#noiseShape && { noiseShape: [...this.#noiseShape] }) };
  }

  /** @throws ShapeError if the mask does not fit x */
  #maskShape({ shape }: Tensor): Shape | undefined {
    const asked = this.#noiseShape;
    if (!asked) return undefined;
    const mask = asked.map((extent, axis) => extent ?? shape[axis] ?? 1);
    if (asked.length === shape.length && mask.every((extent, axis) => extent === 1 || extent === shape[axis]))
      return mask;
    throw new ShapeError(
      `${this.kind}: noiseShape is ${show(asked)}, expected null, 1 or the extent of x for each of its axes (x [${shape.join(", ")}])`,
    );
  }
}

function isNoiseShape(value: unknown): value is readonly (number | null)[] {
  return Array.isArray(value) && value.length > 0 && value.every((extent) => extent === null || isExtent(extent));
}

function isExtent(extent: unknown): boolean {
  return typeof extent === "number" && Number.isInteger(extent) && extent >= 1;
}
