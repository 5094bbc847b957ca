import type { Backend, Variable } from "../core/backend.js";
import { DisposedError, OptionError, ShapeError } from "../core/errors.js";
import { existing, numbered, sum } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import type { Tensor } from "../core/tensor.js";
import { Building, type LayerScope } from "./buildScope.js";
import type { Dataset, Ports } from "./data/dataset.js";
import { type DatasetStream, plainBatches } from "./data/source.js";
import { type ExampleShape, fitsExample, showExamples } from "./graph/extents.js";
import { declaredShapes, nameOf, shapesIn, tensorsOf } from "./graph/forms.js";
import { checkCount, checkedInputs, checkInput, checkNamed, checkStep, checkWholes } from "./graph/given.js";
import { Graph } from "./graph/graph.js";
import { GraphTensor, isNode, namedTensors } from "./graph/graphTensor.js";
import { outputIn } from "./graph/outputOf.js";
import { structureOf } from "./graph/structure.js";
import { type Extents, inferenceContext, inputExtents, predictionContext } from "./graph/trace.js";
import { type CallContext, Layer } from "./layer.js";
import type { Json } from "./layerTypes.js";
import type { BatchSizeOptions, GraphTensors, ModelInputs, ModelOptions, OutputOf, Standing } from "./modelTypes.js";
import { Summary } from "./summary.js";
import { type Predicted, predictedAll } from "./training/predict.js";
import { hold, isTrained, type NamedWeight, release, variablesOf, weightsOf } from "./weights.js";

/** Layers that are connected to a graph: their weights, and what they compute. `Model` adds training and files. */
export abstract class Network<Outputs extends GraphTensors> extends Layer {
  /** The names of its inputs, in the order of `inputs`. Datasets with several inputs use them. */
  readonly inputNames: readonly string[];
  /** The names of its outputs, in the order of `outputs`. Datasets, losses and reports of several outputs use them. */
  readonly outputNames: readonly string[];
  readonly #graph: Graph;
  /** Whether there is one output, without a name. */
  readonly #single: boolean;
  #standing: Standing | undefined;
  #disposed = false;

  /**
   * @throws OptionError if an option is missing or unknown, an output depends on an input that is not listed, or an
   * input reaches no output
   */
  constructor(options: ModelOptions<Outputs>) {
    super();
    checkNamed(options);
    new OptionReader("Model", options, ["inputs", "outputs", "name"]);
    const [inputs, outputs] = [tensorsOf("inputs", options.inputs), tensorsOf("outputs", options.outputs)];
    if (options.name !== undefined) this.name = options.name;
    this.#graph = new Graph(
      inputs.map(([, tensor]) => tensor),
      outputs.map(([, tensor]) => tensor),
    );
    this.#single = outputs.length === 1 && outputs[0]?.[0] === undefined;
    const named = ([name, tensor]: readonly [string | undefined, GraphTensor]) =>
      name ?? tensor.name ?? nameOf(tensor.source);
    this.inputNames = Object.freeze(numbered(inputs.map(named)));
    this.outputNames = Object.freeze(numbered(outputs.map(named)));
  }

  /**
   * Its layers, in the order of their use. A layer that is used several times is listed once. The list is frozen: for
   * other layers, make another model of `[...model.layers]`.
   *
   * @example
   * ```ts
   * const model = new Sequential([new Flatten(), new Dense({ units: 10 })]);
   * model.layers.map(({ kind }) => kind); // ["flatten", "dense"]
   * ```
   */
  get layers(): readonly Layer[] {
    return this.#graph.layers;
  }

  /**
   * Its inputs as tensors of its graph. A second model that shares its layers begins with them; see `outputOf`.
   *
   * @throws OptionError if it is a Sequential that is not built
   */
  get inputs(): readonly GraphTensor[] {
    return namedTensors(this.sharedGraph("inputs").inputs, this.inputNames);
  }

  /** Its outputs as tensors of its graph, with their names; see `inputs`. */
  get outputs(): readonly GraphTensor[] {
    return namedTensors(this.sharedGraph("outputs").outputs, this.outputNames);
  }

  /**
   * Gives the output of one of its layers, for a second model that goes on from there. The two models share the
   * layers, and their weights.
   *
   * @param layer the layer, or its name in the summary. For a part that is a model with several outputs, "name.output".
   * Layers inside others are not found
   * @param use the number of the use, from 0, if the model uses the layer several times. The last use if left out
   * @returns a tensor of the graph
   * @throws OptionError if it has no such layer or use, or is a Sequential that is not built
   *
   * @example
   * ```ts
   * const base = new Sequential([new Dense({ units: 3, name: "features" }), new Dense({ units: 10 })]);
   * base.build(backend, { inputShape: [2] });
   * const head = new Dense({ units: 1, name: "head" }).apply(base.outputOf("features"));
   * const model = new Model({ inputs: base.inputs, outputs: head }).build(backend);
   * [...model.weights.keys()]; // ["features.kernel", "features.bias", "head.kernel", "head.bias"]
   * model.weights.get("features.kernel") === base.weights.get("features.kernel"); // true
   * ```
   */
  outputOf(layer: Layer | string, use?: number): GraphTensor {
    const graph = this.sharedGraph("outputOf");
    return outputIn(this.name, graph, { layer, use }, (inner) => {
      return inner instanceof Network && !inner.#single ? inner.outputNames : undefined;
    });
  }

  override get parts(): readonly Layer[] {
    return this.layers;
  }

  override get lastPart(): Layer | undefined {
    const [output] = this.#graph.outputs;
    return output && isNode(output.source) ? output.source.layer : undefined;
  }

  /** @internal */
  override get keepsExamples(): boolean {
    return this.layers.every((layer) => layer.keepsExamples);
  }

  /** @internal */
  get graph(): Graph {
    return this.#graph;
  }

  /** @internal The graph for models that share its layers. Its inputs have shapes. */
  protected sharedGraph(_method: string): Graph {
    return this.#graph;
  }

  /** @internal */
  override structure(numberOf: (layer: Layer) => number): { readonly [name: string]: Json } {
    const { inputNames, outputNames } = this;
    return structureOf({ graph: this.#graph, inputNames, outputNames, single: this.#single }, numberOf);
  }

  /**
   * All weights by name: the name of the layer, a dot, and the name of the weight in it. The second layer of a name
   * gets "_1". Weights of a layer inside another one have the names of both, as in "residual.conv2d.kernel".
   *
   * @throws OptionError before `build`
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 4 }), new Dense({ units: 2 })]);
   * model.build(backend, { inputShape: [3] });
   * [...model.weights.keys()]; // ["dense.kernel", "dense.bias", "dense_1.kernel", "dense_1.bias"]
   * model.weights.get("dense.kernel")?.shape; // [3, 4]
   * ```
   */
  get weights(): ReadonlyMap<string, Variable> {
    return variablesOf(this.namedWeights);
  }

  /**
   * The weights that training changes, by name. It leaves out weights of frozen layers, and the moving statistics of
   * batch normalization.
   *
   * @throws OptionError before `build`
   *
   * @example
   * ```ts
   * const [body, head] = [new Dense({ units: 4 }), new Dense({ units: 2, name: "head" })];
   * const model = new Sequential([body, head]).build(backend, { inputShape: [3] });
   * body.trainable = false;
   * [...model.trainableWeights.keys()]; // ["head.kernel", "head.bias"]
   * ```
   */
  get trainableWeights(): ReadonlyMap<string, Variable> {
    return variablesOf(new Map([...this.namedWeights].filter(([, weight]) => isTrained(weight))));
  }

  /**
   * Lists shapes, parameters, operations and bytes, layer by layer. `String(model.summary())` is a table.
   *
   * @throws OptionError before `build`
   *
   * @example
   * ```ts
   * const model = new Sequential([new Flatten(), new Dense({ units: 10 })]).build(backend, { inputShape: [4, 4, 1] });
   * model.summary().parameters; // 170
   * ```
   */
  summary(): Summary {
    const { backend, inputs } = this.standing("summary");
    const trainable = sum([...this.trainableWeights.values()].map(({ size }) => size));
    return new Summary(this, backend, inputs, trainable);
  }

  /**
   * Computes the output, outside of training: dropout does nothing, and batch normalization uses its moving
   * statistics. The work is queued, and the call returns at once. Dispose of the output when you have read it.
   *
   * A batch normalization that follows a convolution or a dense layer is folded into its weights, with the present
   * values of all of them; the page "Architecture" says how.
   *
   * @param x float32 [N, …inputShape]. With several inputs, a list, or an object by the names of the inputs
   * @returns float32 [N, …]. If the model was made with several outputs, an object by their names
   * @throws OptionError before `build`, or if x is no tensor; ShapeError if x does not fit; BackendMismatchError if x
   * is on another backend; DisposedError if x or the model was disposed of; what operators throw
   *
   * @example
   * ```ts
   * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
   * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
   * const y = model.predict(backend.tensor([[1, 2], [3, 4]]));
   * await y.read(); // [3, 7]
   * y.dispose();
   * ```
   */
  predict(x: ModelInputs): OutputOf<Outputs, Tensor>;
  predict(x: ModelInputs): unknown {
    const { backend, inputs } = this.standing("predict");
    const tensors = checkedInputs("predict", x, { graph: this.#graph, inputNames: this.inputNames, backend, inputs });
    return this.#named(backend.tidy(() => this.callAll(tensors, predictionContext(backend))));
  }

  /**
   * Computes the outputs for all examples of a dataset, batch by batch. The device needs memory for one batch only.
   *
   * @param dataset examples in memory, or a stream of batches. It needs no labels
   * @returns `{ shape, data }` in the host's memory. If the model was made with several outputs, an object of these
   * by name
   * @throws (rejects with) OptionError before `build`, or if an argument is invalid; ShapeError if the examples do
   * not fit; what operators throw
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 1, kernelInitializer: "ones" })]);
   * model.build(backend, { inputShape: [2] });
   * const { shape, data } = await model.predictAll({ images: [[1, 2], [3, 4], [5, 6]] }, { batchSize: 2 });
   * shape; // [3, 1]
   * data; // [3, 7, 11]
   * ```
   */
  predictAll(dataset: Dataset | DatasetStream, options?: BatchSizeOptions): Promise<OutputOf<Outputs, Predicted>>;
  async predictAll(dataset: Dataset | DatasetStream, options: BatchSizeOptions = {}): Promise<unknown> {
    const batchSize = new OptionReader("predictAll", options, ["batchSize"]).integer("batchSize", 1, 32);
    const { backend } = this.standing("predictAll");
    const reading = { operator: "predictAll", ports: this.ports, labelled: false };
    const batches = plainBatches(dataset, "dataset", batchSize, reading);
    const run = (inputs: readonly Tensor[]) => this.callAll(inputs, predictionContext(backend));
    return this.#named(await predictedAll(backend, run, batches));
  }

  /**
   * Computes the output as a part of a computation of your own: inside `valueAndGradients`, or in another layer.
   *
   * @param x float32 [N, …inputShape]. With several inputs, a list in the order of `inputNames`
   * @param context `{ training: true }` for a step of training. With dropout, it must have a `step` too: a scalar
   * tensor that differs from step to step. Parts that are left out are as in `predict`
   * @returns float32 [N, …]. If there are several outputs, the first one
   * @throws OptionError before `build`, or if `step` is missing; ShapeError if x does not fit; BackendMismatchError;
   * DisposedError; what operators throw
   *
   * @example
   * ```ts
   * const dense = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
   * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
   * const x = backend.tensor([[3, 4]]);
   * const weights = [...model.trainableWeights.values()].map(({ value }) => value);
   * const { gradients } = valueAndGradients(() => reduceSum(model.call(x, { training: true })), weights);
   * await gradients[0]?.read(); // [3, 4]
   * ```
   */
  override call(x: Tensor | readonly Tensor[], context: Partial<CallContext> = {}): Tensor {
    const { backend } = this.standing("call");
    checkStep(this, context);
    return backend.tidy(() => {
      const complete = { ...inferenceContext(backend), ...context };
      const inputs: readonly unknown[] = Array.isArray(x) ? x : [x];
      const tensors = inputs.map((tensor) => {
        checkInput("call", "x", tensor, backend);
        return tensor;
      });
      return existing(this.callAll(tensors, complete)[0]);
    });
  }

  /** @internal @throws ShapeError if the number of examples is not that of an input that fixes it */
  override callAll(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] {
    checkWholes(this.name, inputs, this.#graph, this.inputNames);
    return this.#graph.run(inputs, context);
  }

  /** Frees the weights that no other living model holds. The model can be built again then. */
  dispose(): void {
    release(this);
    this.#disposed = true;
  }

  /**
   * Adds the model to a graph, as a layer.
   *
   * @param inputs what `input(…)` or another `apply` gives; a list in the order of `inputNames` if there are several
   * @returns its output, for the next `apply`. If the model was made with several outputs, an object of these by name
   * @throws OptionError if there are more or fewer inputs, or one is something else
   *
   * @example
   * ```ts
   * const body = new Sequential([new Flatten(), new Dense({ units: 3 })], { name: "body" });
   * const x = input([2, 2, 1]);
   * const y = new Dense({ units: 1 }).apply(body.apply(x));
   * const model = new Model({ inputs: x, outputs: y }).build(backend);
   * [...model.weights.keys()]; // ["body.dense.kernel", "body.dense.bias", "dense.kernel", "dense.bias"]
   * ```
   */
  override apply(inputs: GraphTensor | readonly GraphTensor[]): OutputOf<Outputs, GraphTensor>;
  /** As any layer. */
  override apply(inputs: GraphTensor | readonly GraphTensor[]): GraphTensor;
  override apply(inputs: GraphTensor | readonly GraphTensor[]): unknown {
    checkCount(this.name, inputs, this.inputNames);
    return this.#named(GraphTensor.allOfLayer(this, inputs, this.outputNames.length));
  }

  /** @internal As `predict`: a model takes the shapes that it was made or built for, `null` for extents that vary. */
  override checkInputs(inputs: readonly ExampleShape[]): void {
    const expected = this.#expectedInputs();
    if (!expected) {
      super.checkInputs(inputs);
      return;
    }
    if (inputs.length === expected.length && inputs.every((shape, i) => fitsExample(shape, existing(expected[i])))) {
      return;
    }
    throw new ShapeError(
      `${this.name}: its input is ${showExamples(inputs)} for each example, expected ${showExamples(expected)}, for which it was made; make another model, or one with null for extents that vary`,
    );
  }

  /** The shapes of `input(…)` or of `build`. Undefined for a Sequential that was built as a part of another model. */
  #expectedInputs(): readonly ExampleShape[] | undefined {
    return this.isBuilt && this.#standing?.isRoot ? this.inputShapes : declaredShapes(this.#graph.inputs);
  }

  /** @internal The extents of one example of each input. @throws OptionError before `build` */
  get inputShapes(): readonly ExampleShape[] {
    return this.standing("inputShapes").inputs.map(({ example }) => example);
  }

  /** @internal */
  protected get namedWeights(): ReadonlyMap<string, NamedWeight> {
    this.standing("weights");
    return weightsOf(this);
  }

  /** @internal What it takes and gives, by name. */
  protected get ports(): Ports {
    const { inputs, outputs } = this.standing("fit");
    const named = (names: readonly string[], extents: readonly Extents[]) =>
      new Map(names.map((name, i) => [name, existing(extents[i]).example]));
    return { inputs: named(this.inputNames, inputs), outputs: named(this.outputNames, outputs) };
  }

  /** @internal @throws OptionError before `build`; DisposedError */
  standing(method: string): Standing {
    if (this.isBuilt) return existing(this.#standing);
    if (this.#disposed)
      throw new DisposedError(`${method}: the model was disposed of; build it again, or make another`);
    throw new OptionError(`${method}: build the model first: model.build(backend, { … })`);
  }

  /** @internal Makes the weights of all layers that have none. @throws what `Model.build` throws */
  protected buildOn(backend: Backend, seed: number, inputs: readonly ExampleShape[]): void {
    if (this.isBuilt) {
      throw new OptionError("build: the model is built already; make another one for another input or backend");
    }
    const building = new Building(backend, seed);
    try {
      building.layer(this, inputExtents(this.#graph, inputs));
    } catch (error) {
      building.undo();
      throw error;
    }
    this.#standing = { ...existing(this.#standing), isRoot: true };
    this.#disposed = false;
    hold(this);
  }

  /** @internal Makes the weights as a part of another model, or of the model itself. */
  protected buildInside(scope: LayerScope, given: ExampleShape | readonly ExampleShape[]): void {
    const shapes = shapesIn(given, this.#graph.inputs.length);
    if (this.#expectedInputs()) this.checkInputs(shapes);
    const inputs = inputExtents(this.#graph, shapes);
    const outputs = scope.graph(this.#graph, inputs);
    this.#standing = { backend: scope.backend, seed: scope.modelSeed, inputs, outputs, isRoot: false };
  }

  #named<Value>(outputs: readonly Value[]): Value | Readonly<Record<string, Value>> {
    if (this.#single) return existing(outputs[0]);
    return Object.fromEntries(this.outputNames.map((name, i) => [name, existing(outputs[i])]));
  }
}
