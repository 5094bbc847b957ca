import type { Backend, Variable } from "../core/backend.js";
import { DisposedError, OptionError, ShapeError, show } from "../core/errors.js";
import { existing, numbered, sum } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import type { Tensor } from "../core/tensor.js";
import { Building, type LayerScope } from "./buildScope.js";
import type { Dataset, Ports } from "./data/dataset.js";
import { type DatasetStream, plainBatches } from "./data/source.js";
import { type ExampleShape, fitsExample, showExample, showExamples } from "./graph/extents.js";
import { inputOf, inputsIn, nameOf, shapesIn, tensorsOf } from "./graph/forms.js";
import { checkInput, checkNamed, checkStep } from "./graph/given.js";
import { Graph } from "./graph/graph.js";
import { type GraphInput, type GraphNode, GraphTensor, isNode } from "./graph/graphTensor.js";
import { outputIn } from "./graph/outputOf.js";
import { type Extents, extentsOf, extentsOfWhole, inferenceContext, predictionContext } from "./graph/trace.js";
import { type CallContext, type Json, Layer } from "./layer.js";
import { Summary } from "./summary.js";
import { type Predicted, predictedAll } from "./training/predict.js";
import { hold, isTrained, type NamedWeight, release, variablesOf, weightsOf } from "./weights.js";

/** One value for a single output; for a list or an object of outputs, an object by their names. */
export type OutputOf<Outputs extends GraphTensors, Value> = Outputs extends GraphTensor | readonly [GraphTensor]
  ? Value
  : Outputs extends readonly GraphTensor[]
    ? Readonly<Record<string, Value>>
    : { readonly [Name in keyof Outputs]: Value };

/** The inputs of a model: a tensor, or with several inputs a list or an object by name. */
export type ModelInputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** Tensors of a graph: one, a list, or by name. */
export type GraphTensors = GraphTensor | readonly GraphTensor[] | Readonly<Record<string, GraphTensor>>;

/** What `new Model` takes. */
export interface ModelOptions<Outputs extends GraphTensors = GraphTensors> {
  /** What `input(…)` gave. Names here are those of the inputs in datasets. */
  readonly inputs: GraphTensors;
  /** What `layer.apply(…)` gave. Names here are those of the outputs in datasets, losses and reports. */
  readonly outputs: Outputs;
  /** Its name as a layer of another model. */
  readonly name?: string | undefined;
}

/** The options of `model.build`. */
export interface BuildOptions {
  /**
   * The seed of the initial weights, of dropout, and of the order of training: an integer from 0 to 2⁵³ − 1. 0 if left out.
   * The same seed gives the same weights everywhere.
   */
  readonly seed?: number | undefined;
}

/** How many examples are computed at once. */
export interface BatchSizeOptions {
  /** 32 if left out. */
  readonly batchSize?: number | undefined;
}

/** What a network has after it is built. */
export interface Standing {
  readonly backend: Backend;
  readonly seed: number;
  readonly inputs: readonly Extents[];
  readonly outputs: readonly Extents[];
  /** Whether it was built by itself, not as a part of another model. */
  readonly isRoot: boolean;
}

/** Layers that are connected to a graph: their weights, and what they compute. `Model` adds training and files. */
export abstract class Network<Outputs extends GraphTensors> extends Layer {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #graph: Graph;
  /** Whether there is one output, without a name. */
  readonly #single: boolean;
  #standing: Standing | undefined;
  #disposed = false;

  /** @throws OptionError if inputs and outputs are not connected */
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
    this.inputNames = numbered(inputs.map(named));
    this.outputNames = numbered(outputs.map(named));
  }

  /** Its layers, in the order of their use. Each is listed once. */
  get layers(): readonly Layer[] {
    return this.#graph.layers;
  }

  /**
   * Its inputs as tensors of its graph, for a model that shares its layers: see `outputOf`.
   *
   * @throws OptionError if it is a Sequential that is not built
   */
  get inputs(): readonly GraphTensor[] {
    return this.sharedGraph("inputs").inputs.map((tensor, i) => tensor.named(existing(this.inputNames[i])));
  }

  /** Its outputs as tensors of its graph, with their names; see `inputs`. */
  get outputs(): readonly GraphTensor[] {
    return this.sharedGraph("outputs").outputs.map((tensor, i) => tensor.named(existing(this.outputNames[i])));
  }

  /**
   * The output of one of its layers, from which a second model goes on. Both share the layers, and their weights.
   *
   * @param layer the layer, or its name in the summary. For a model with several outputs "name.output". Layers inside others
   * are not found
   * @param use which use counts if the model uses the layer several times, from 0. The last one if left out
   * @returns a tensor of the graph
   * @throws OptionError if it has no such layer or use, or is a Sequential that is not built
   *
   * @example
   * ```ts
   * const base = new Sequential([new Dense({ units: 8, name: "features" }), new Dense({ units: 10 })]);
   * base.build(backend, { inputShape: [4] });
   * const head = new Dense({ units: 2 }).apply(base.outputOf("features"));
   * const model = new Model({ inputs: base.inputs, outputs: head }).build(backend);
   * model.predict(backend.zeros([1, 4])).shape; // [1, 2]
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
    const { inputs, nodes, outputs } = this.#graph;
    const inputNumbers = new Map<GraphInput | GraphNode, number>(inputs.map(({ source }, i) => [source, i]));
    const nodeNumbers = new Map<GraphInput | GraphNode, number>(nodes.map((node, i) => [node, i]));
    const reference = ({ source, output }: GraphTensor): Json =>
      isNode(source) ? [existing(nodeNumbers.get(source)), output] : [-1, existing(inputNumbers.get(source))];
    return {
      inputs: this.inputNames.map((name, i) => {
        const { shape, whole } = inputOf(existing(inputs[i]));
        return { name, shape: shape ? [...shape] : null, ...(whole && { whole: [...whole] }) };
      }),
      nodes: nodes.map(({ layer, inputs }) => ({ layer: numberOf(layer), inputs: inputs.map(reference) })),
      single: this.#single,
      outputs: Object.fromEntries(this.outputNames.map((name, i) => [name, reference(existing(outputs[i]))])),
    };
  }

  /** All weights by name, such as "conv2d.kernel". */
  get weights(): ReadonlyMap<string, Variable> {
    return variablesOf(this.namedWeights);
  }

  /** The weights that training changes: those of no frozen layer, and not the moving statistics. */
  get trainableWeights(): ReadonlyMap<string, Variable> {
    return variablesOf(new Map([...this.namedWeights].filter(([, weight]) => isTrained(weight))));
  }

  /** Shapes, parameters, operations and bytes, layer by layer. As a string, a table. @throws OptionError before `build` */
  summary(): Summary {
    const { backend, inputs } = this.standing("summary");
    const trainable = sum([...this.trainableWeights.values()].map(({ size }) => size));
    return new Summary(this, backend, inputs, trainable);
  }

  /**
   * The output, outside of training. It is queued, and returns at once. A batch normalization that follows a convolution or
   * a dense layer is folded into its weights, with the present values of all of them; see docs/internals/architecture.md.
   *
   * @param x float32 [N, …inputShape]. With several inputs, a list or an object by name
   * @returns float32 [N, …]. If the model was made with several outputs, an object by name
   * @throws OptionError before `build`; ShapeError if x does not fit; what operators throw
   */
  predict(x: ModelInputs): OutputOf<Outputs, Tensor>;
  predict(x: ModelInputs): unknown {
    const { backend } = this.standing("predict");
    const tensors = this.#inputsOf(x);
    return this.#named(backend.tidy(() => this.callAll(tensors, predictionContext(backend))));
  }

  /**
   * The outputs for all examples of a dataset, batch by batch.
   *
   * @returns `{ shape, data }` in the host's memory. If the model was made with several outputs, an object of these
   * @throws (rejects with) OptionError, ShapeError; what operators throw
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
   * The output, as a part of a computation of your own: inside `valueAndGradients`, or in another layer.
   *
   * @param x float32 [N, …inputShape]. With several inputs, a list
   * @param context `{ training: true }` for a step of training. With dropout, it must have a `step` too. What is left out
   * is as in `predict`
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

  /** @throws ShapeError if the number of examples is not that of an input that fixes it */
  override callAll(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] {
    for (const [i, tensor] of this.#graph.inputs.entries()) {
      const { whole } = inputOf(tensor);
      const { shape } = existing(inputs[i]);
      if (!whole || fitsExample(shape, whole)) continue;
      throw new ShapeError(
        `${this.name}: the input ${this.inputNames[i]} is [${shape.join(", ")}], expected ${showExample(whole)}`,
      );
    }
    return this.#graph.run(inputs, context);
  }

  /** Frees the weights that no other living model holds. */
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
   */
  override apply(inputs: GraphTensor | readonly GraphTensor[]): OutputOf<Outputs, GraphTensor>;
  /** As any layer. */
  override apply(inputs: GraphTensor | readonly GraphTensor[]): GraphTensor;
  override apply(inputs: GraphTensor | readonly GraphTensor[]): unknown {
    const count = Array.isArray(inputs) ? inputs.length : 1;
    if (count !== this.inputNames.length) {
      throw new OptionError(
        `${this.name}: apply got ${count} inputs, expected ${this.inputNames.length}: a list of ${this.inputNames.join(", ")}`,
      );
    }
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
    if (this.isBuilt && this.#standing?.isRoot) return this.inputShapes;
    const declared = this.#graph.inputs.flatMap(({ source }) =>
      isNode(source) || !source.shape ? [] : [source.shape],
    );
    return declared.length === this.#graph.inputs.length ? declared : undefined;
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
      building.layer(this, this.#extentsOf(inputs));
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
    const inputs = this.#extentsOf(shapes);
    const outputs = scope.graph(this.#graph, inputs);
    this.#standing = { backend: scope.backend, seed: scope.modelSeed, inputs, outputs, isRoot: false };
  }

  /** @param shapes of the inputs, without the examples */
  #extentsOf(shapes: readonly ExampleShape[]): readonly Extents[] {
    const wholes = this.#graph.inputs.map((tensor) => inputOf(tensor).whole);
    const varies = [...shapes, ...wholes].some((shape) => shape?.includes(null));
    return shapes.map((shape, i) => {
      const whole = wholes[i];
      return whole ? extentsOfWhole(whole, varies) : extentsOf(shape, varies);
    });
  }

  #named<Value>(outputs: readonly Value[]): Value | Readonly<Record<string, Value>> {
    if (this.#single) return existing(outputs[0]);
    return Object.fromEntries(this.outputNames.map((name, i) => [name, existing(outputs[i])]));
  }

  #inputsOf(x: unknown): readonly Tensor[] {
    const { inputNames } = this;
    const { backend, inputs } = this.standing("predict");
    const list = inputsIn(x, inputNames);
    if (list.length !== inputNames.length) {
      throw new OptionError(
        `predict: x is ${show(x)}, expected ${inputNames.length === 1 ? "a tensor" : `the inputs ${inputNames.join(", ")}`}; for a dataset, use predictAll`,
      );
    }
    return list.map((tensor, i) => {
      const name = inputNames.length > 1 ? `x.${inputNames[i]}` : "x";
      checkInput("predict", name, tensor, backend);
      const { example } = existing(inputs[i]);
      // An input that fixes the number of examples is checked where it is called.
      const { whole } = inputOf(existing(this.#graph.inputs[i]));
      if (whole || fitsExample(tensor.shape.slice(1), example)) return tensor;
      throw new ShapeError(
        `predict: ${name} is [${tensor.shape.join(", ")}], expected [N, ${showExample(example).slice(1)}`,
      );
    });
  }
}
