import type { Backend } from "../core/backend.js";
import { checkBackend } from "../core/checkBackend.js";
import { OptionReader } from "../core/options.js";
import { LayerScope } from "./buildScope.js";
import { checkChain } from "./graph/chains.js";
import { checkExampleShape, type ExampleShape } from "./graph/extents.js";
import { Graph } from "./graph/graph.js";
import { GraphTensor } from "./graph/graphTensor.js";
import type { BuildScope, Layer } from "./layer.js";
import { checkLayers } from "./layers/lists.js";
import type { Json } from "./layerTypes.js";
import { Model } from "./model.js";
import type { BuildOptions, Standing } from "./modelTypes.js";
import { modelsWith } from "./weights.js";

/** The options of `sequential.build`. */
export interface SequentialBuildOptions extends BuildOptions {
  /** The extents of one example, without the batch, such as [28, 28, 1]; null for an extent that varies. Required. */
  readonly inputShape: ExampleShape;
}

/**
 * A model of layers that come one after the other (Keras's Sequential).
 *
 * @example
 * ```ts
 * const model = new Sequential([new Flatten(), new Dense({ units: 10 })]);
 * model.build(backend, { inputShape: [4, 4, 1], seed: 1 });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
 * const train = { images: new Uint8Array(32), shape: [2, 4, 4, 1], labels: [3, 7] };
 * for await (const { epoch, loss, metrics } of model.fit(train, { epochs: 2 })) {
 *   console.log(epoch, loss, metrics.accuracy);
 * }
 * ```
 */
export class Sequential extends Model {
  override readonly kind: string = "sequential";
  readonly #layers: readonly Layer[];
  /** Its graph with the shape of its input, and what it was built for then. */
  #shared: { readonly standing: Standing; readonly graph: Graph } | undefined;

  /**
   * @param layers from the first to the last
   * @param options the name of the model as a layer of another one. "sequential" if left out
   * @throws OptionError if it is not a list of layers, or they come from a graph where they are no chain
   */
  constructor(layers: readonly Layer[], options: { readonly name?: string | undefined } = {}) {
    checkLayers("Sequential", "layers", layers);
    checkChain(layers, graphsOf);
    const first = GraphTensor.ofInput({ name: undefined, shape: undefined });
    const { name } = options;
    new OptionReader("Sequential", options, ["name"]);
    super({ inputs: first, outputs: layers.reduce((x, layer) => GraphTensor.ofLayer(layer, x), first), name });
    this.#layers = Object.freeze([...layers]);
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

  /** @internal The shape of the input is known when it is built. @throws OptionError before */
  protected override sharedGraph(method: string): Graph {
    const standing = this.standing(method);
    if (this.#shared?.standing === standing) return this.#shared.graph;
    const [shape] = this.inputShapes;
    const graph = Graph.chain(this.#layers, { name: this.inputNames[0], shape });
    this.#shared = { standing, graph };
    return graph;
  }

  /**
   * Makes the weights of all layers that have none, for examples of the shape `inputShape`. Layers that have weights
   * keep them, and share them. If it throws, nothing has changed.
   *
   * @param backend where the weights are, and all that the model computes
   * @param options `inputShape` of one example, and `seed` of all that is random
   * @returns the model itself
   * @throws OptionError if the model is built already, or an option is missing or invalid; ShapeError if a layer does
   * not take what the one before it gives; BackendMismatchError if a layer's weights are on another backend;
   * OutOfMemoryError
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 4 }), new Dense({ units: 2 })]);
   * model.build(backend, { inputShape: [3], seed: 1 });
   * model.summary().parameters; // 26
   * ```
   */
  override build(backend: Backend, options: SequentialBuildOptions): this;
  /**
   * Makes the weights as a part of another model, which calls it.
   *
   * @param scope of the model around it
   * @param inputShape the extents of one example of its input
   */
  override build(scope: BuildScope, inputShape: ExampleShape | readonly ExampleShape[]): unknown;
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

/** The graphs of the living models that use a layer. */
function graphsOf(layer: Layer): readonly Graph[] {
  return modelsWith(layer).flatMap((model) => (model instanceof Model ? [model.graph] : []));
}
