import { type Backend, checkBackend } from "../core/backend.js";
import { OptionReader } from "../core/options.js";
import { LayerScope } from "./buildScope.js";
import { checkExampleShape, type ExampleShape } from "./graph/extents.js";
import { GraphTensor } from "./graph/graphTensor.js";
import type { BuildScope, Json, Layer } from "./layer.js";
import { checkLayers } from "./layers/lists.js";
import { Model } from "./model.js";
import type { BuildOptions } from "./network.js";

export interface SequentialBuildOptions extends BuildOptions {
  /** The extents of one example, without the batch, such as [28, 28, 1]; null for an extent that varies. */
  readonly inputShape: ExampleShape;
}

/**
 * A model of layers one after the other.
 *
 * @example
 * const model = new Sequential([new Flatten(), new Dense({ units: 10 })]);
 * model.build(backend, { inputShape: [28, 28, 1] });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
 * for await (const { loss, metrics } of model.fit(train, { epochs: 2 })) console.log(loss, metrics.accuracy);
 */
export class Sequential extends Model {
  override readonly kind: string = "sequential";
  readonly #layers: readonly Layer[];

  /** @throws OptionError if it is not a list of layers */
  constructor(layers: readonly Layer[], options: { readonly name?: string | undefined } = {}) {
    checkLayers("Sequential", "layers", layers);
    const first = GraphTensor.ofInput({ name: undefined, shape: undefined });
    const { name } = options;
    new OptionReader("Sequential", options, ["name"]);
    super({ inputs: first, outputs: layers.reduce((x, layer) => GraphTensor.ofLayer(layer, x), first), name });
    this.#layers = [...layers];
  }

  override get className(): string {
    return "Sequential";
  }

  /** @internal */
  override structure(numberOf: (layer: Layer) => number): { readonly [name: string]: Json } {
    return { layers: this.#layers.map(numberOf) };
  }

  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  /** Makes the weights as a part of another model, which calls it. */
  override build(scope: BuildScope, inputShape: ExampleShape | readonly ExampleShape[]): unknown;
  /**
   * Makes the weights of all layers that have none; see `Model.build`.
   *
   * @throws OptionError if the model is built already; ShapeError if a layer does not take what the one before it gives;
   * BackendMismatchError if a layer's weights are on another backend; OutOfMemoryError. Then nothing has changed
   */
  override build(backend: Backend, options: SequentialBuildOptions): this;
  override build(
    where: Backend | BuildScope,
    given: SequentialBuildOptions | ExampleShape | readonly ExampleShape[],
  ): unknown {
    if (where instanceof LayerScope) return super.build(where, Array.isArray(given) ? given : []);
    checkBackend("build", "backend", where);
    const reader = new OptionReader("build", given, ["inputShape", "seed"]);
    const inputShape = checkExampleShape("build", "inputShape", reader.given("inputShape"));
    this.buildOn(where, reader.integer("seed", 0, 0), [inputShape]);
    return this;
  }
}
