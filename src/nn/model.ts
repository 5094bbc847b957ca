import { type Backend, checkBackend, type Variable } from "../core/backend.js";
import { makeDisposable } from "../core/disposable.js";
import { DisposedError, OptionError, ShapeError, show } from "../core/errors.js";
import { existing, sum } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import { checkTensor, Tensor } from "../core/tensor.js";
import { Building, BuildScope } from "./buildScope.js";
import { type Compiled, type CompileOptions, readCompile } from "./compile.js";
import { type Dataset, type Ports, readDataset } from "./data/dataset.js";
import type { DatasetStream } from "./data/source.js";
import { checkpointOf, restoreCheckpoint } from "./files/checkpoint.js";
import { flattenedInputs } from "./files/flattened.js";
import type { ModelFile, ModelFileData } from "./files/format.js";
import { type LoadedWeights, type LoadWeightsOptions, loadWeightsInto } from "./files/loadWeights.js";
import { modelMetadata, readAll } from "./files/modelFile.js";
import { type ExampleShape, fitsExample, showExample } from "./graph/extents.js";
import { Graph } from "./graph/graph.js";
import { type GraphInput, type GraphNode, GraphTensor, isNode } from "./graph/graphTensor.js";
import { type Extents, extentsOf, inferenceContext } from "./graph/trace.js";
import { type CallContext, type Json, Layer } from "./layer.js";
import { Summary } from "./summary.js";
import { BestWeights } from "./training/bestWeights.js";
import { evaluated } from "./training/evaluate.js";
import { Fit } from "./training/fit.js";
import { type FitOptions, planFit } from "./training/fitPlan.js";
import type { Judgement } from "./training/judge.js";
import { checkLabels } from "./training/labels.js";
import { type Predicted, predictedAll } from "./training/predict.js";
import { newProgress, type Progress } from "./training/progress.js";
import { type Trainable, Trainer } from "./training/trainer.js";
import { hold, isTrained, type NamedWeight, release, variablesOf, weightsOf } from "./weights.js";

/** Tensors of a graph: one, a list, or by name. */
export type GraphTensors = GraphTensor | readonly GraphTensor[] | Readonly<Record<string, GraphTensor>>;

export interface ModelOptions {
  /** What `input(…)` gave. Names here are those of the inputs in datasets. */
  readonly inputs: GraphTensors;
  /** What `layer.apply(…)` gave. Names here are those of the outputs in datasets, losses and reports. */
  readonly outputs: GraphTensors;
  /** Its name as a layer of another model. */
  readonly name?: string | undefined;
}

export interface BuildOptions {
  /**
   * The seed of the initial weights, of dropout, and of the order of training: an integer from 0 to 2⁵³ − 1. 0 if left out.
   * The same seed gives the same weights everywhere.
   */
  readonly seed?: number | undefined;
}

export interface BatchSizeOptions {
  /** 32 if left out. */
  readonly batchSize?: number | undefined;
}

/** What a model has after it is built. */
interface Standing {
  readonly backend: Backend;
  readonly seed: number;
  readonly inputs: readonly Extents[];
  readonly outputs: readonly Extents[];
}

const EXAMPLES = "const model = new Model({ inputs: x, outputs: new Dense({ units: 10 }).apply(x) })";

/**
 * A network: layers that are connected to a graph, with weights on one backend. Build it, compile it with an optimizer
 * and a loss, and fit it. It is a layer too, so it can be a part of another model.
 *
 * @example
 * const x = input([28, 28, 1]);
 * const y = new Dense({ units: 10 }).apply(new Flatten().apply(x));
 * const model = new Model({ inputs: x, outputs: y }).build(backend, { seed: 1 });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
 * await model.fit({ images, shape: [60000, 28, 28, 1], labels }, { epochs: 2 });
 */
export class Model extends Layer {
  declare readonly [Symbol.dispose]: () => void;
  readonly #graph: Graph;
  readonly #inputNames: readonly string[];
  readonly #outputNames: readonly string[];
  #standing: Standing | undefined;
  #compiled: Compiled | undefined;
  #trainer: Trainer | undefined;
  #progress: Progress = newProgress();
  readonly #bestWeights = new BestWeights(() => this.weights);
  #isFitting = false;
  #disposed = false;

  static {
    makeDisposable(Model, (model) => model.dispose());
  }

  /** @throws OptionError if inputs and outputs are not connected */
  constructor(options: ModelOptions) {
    super();
    const reader = new OptionReader("Model", options, ["inputs", "outputs", "name"]);
    const [inputs, outputs] = [tensorsOf("inputs", options.inputs), tensorsOf("outputs", options.outputs)];
    if (options.name !== undefined) this.name = options.name;
    for (const [name, tensor] of [...inputs, ...outputs]) {
      if (!(tensor instanceof GraphTensor)) {
        reader.refuse(name ?? "inputs", tensor, "what input(…) or layer.apply(…) gives", `such as ${EXAMPLES}`);
      }
    }
    this.#graph = new Graph(
      inputs.map(([, tensor]) => tensor),
      outputs.map(([, tensor]) => tensor),
    );
    this.#inputNames = unique(
      inputs.map(([name, { source }]) => name ?? (isNode(source) ? "input" : (source.name ?? "input"))),
    );
    this.#outputNames = unique(
      outputs.map(([name, { source }]) => name ?? (isNode(source) ? source.layer.name : (source.name ?? "input"))),
    );
  }

  override get kind(): string {
    return "model";
  }

  /** Its layers, in the order of their use. Each is listed once. */
  get layers(): readonly Layer[] {
    return this.#graph.layers;
  }

  override get parts(): readonly Layer[] {
    return this.layers;
  }

  override get lastPart(): Layer | undefined {
    const [output] = this.#graph.outputs;
    return output && isNode(output.source) ? output.source.layer : undefined;
  }

  get inputNames(): readonly string[] {
    return this.#inputNames;
  }

  get outputNames(): readonly string[] {
    return this.#outputNames;
  }

  override get className(): string {
    return "Model";
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
        const { source } = existing(inputs[i]);
        return { name, shape: isNode(source) || !source.shape ? null : [...source.shape] };
      }),
      nodes: nodes.map(({ layer, inputs }) => ({ layer: numberOf(layer), inputs: inputs.map(reference) })),
      outputs: Object.fromEntries(this.outputNames.map((name, i) => [name, reference(existing(outputs[i]))])),
    };
  }

  /** @internal */
  override get graph(): Graph {
    return this.#graph;
  }

  /**
   * Makes the weights of all layers that have none. Layers that have weights keep them, and share them.
   *
   * @throws OptionError if the model is built already; ShapeError if a layer does not take what the one before it gives;
   * BackendMismatchError if a layer's weights are on another backend; OutOfMemoryError. Then nothing has changed
   */
  override build(backend: Backend, options?: BuildOptions): this;
  /** @internal Makes the weights as a part of another model. */
  override build(scope: BuildScope, inputShape: ExampleShape | readonly ExampleShape[]): unknown;
  override build(
    where: Backend | BuildScope,
    given: BuildOptions | ExampleShape | readonly ExampleShape[] = {},
  ): unknown {
    if (where instanceof BuildScope) {
      this.#buildInside(where, Array.isArray(given) ? given : []);
      return undefined;
    }
    const reader = new OptionReader("build", given, ["seed"]);
    this.buildOn(
      where,
      reader.integer("seed", 0, 0),
      this.#graph.inputs.map(({ source }) => {
        return existing(isNode(source) ? undefined : source.shape);
      }),
    );
    return this;
  }

  /** @internal */
  protected buildOn(backend: Backend, seed: number, inputs: readonly ExampleShape[]): void {
    checkBackend("build", "backend", backend);
    if (this.isBuilt) {
      throw new OptionError("build: the model is built already; make another one for another input or backend");
    }
    const building = new Building(backend, seed);
    const varies = inputs.some((shape) => shape.includes(null));
    try {
      building.layer(
        this,
        inputs.map((shape) => extentsOf(shape, varies)),
      );
    } catch (error) {
      building.undo();
      throw error;
    }
    this.#disposed = false;
    hold(this);
    this.#startTraining();
  }

  #buildInside(scope: BuildScope, given: ExampleShape | readonly ExampleShape[]): void {
    const shapes = this.#graph.inputs.length === 1 ? [given] : given;
    const inputs = shapes.map((shape) => {
      const extents: unknown = shape;
      return extentsOf(Array.isArray(extents) ? extents : []);
    });
    const outputs = scope.graph(this.#graph, inputs);
    this.#standing = { backend: scope.backend, seed: scope.modelSeed, inputs, outputs };
  }

  /**
   * Chooses how the model is trained and judged. It may come before `build`. Compiled again, training begins anew, and the
   * old optimizer's state is freed.
   *
   * @throws OptionError if an option is invalid, the optimizer belongs to another model, or a fit runs
   */
  compile(options: CompileOptions): this {
    if (this.#isFitting) throw new OptionError("compile: a fit of this model runs; wait for its end");
    const compiled = readCompile(options, this.#outputNames, this.#graph);
    compiled.optimizer?.checkOwner(this);
    this.#trainer?.dispose();
    this.#trainer = undefined;
    this.#compiled = compiled;
    this.#progress = newProgress();
    this.#bestWeights.forget();
    if (this.isBuilt) this.#startTraining();
    return this;
  }

  /** All weights by name, such as "conv2d.kernel". */
  get weights(): ReadonlyMap<string, Variable> {
    return variablesOf(this.namedWeights);
  }

  /** The weights that training changes: those of no frozen layer, and not the moving statistics. */
  get trainableWeights(): ReadonlyMap<string, Variable> {
    return variablesOf(new Map([...this.namedWeights].filter(([, weight]) => isTrained(weight))));
  }

  /** The epochs that training has finished, over all fits. */
  get epochsDone(): number {
    return this.#progress.epochs;
  }

  /** The steps that training has done, over all fits. */
  get stepsDone(): number {
    return this.#progress.steps;
  }

  /** Shapes, parameters, operations and bytes, layer by layer. As a string, a table. @throws OptionError before `build` */
  summary(): Summary {
    const { backend, inputs } = this.#built("summary");
    const trainable = sum([...this.trainableWeights.values()].map(({ size }) => size));
    return new Summary(this, backend, inputs, trainable);
  }

  /**
   * The model's output, outside of training. It is queued, and returns at once.
   *
   * @param x float32 [N, …inputShape]. With several inputs, a list or an object by name
   * @returns float32 [N, …]. With several outputs, an object by name
   * @throws OptionError before `build`; ShapeError if x does not fit; what operators throw
   */
  predict(x: Tensor): Tensor;
  predict(x: Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>): Tensor & Readonly<Record<string, Tensor>>;
  predict(x: Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>): Tensor | Readonly<Record<string, Tensor>> {
    const { backend, inputs } = this.#built("predict");
    const tensors = this.#inputsOf(x);
    for (const [i, tensor] of tensors.entries()) {
      const name = tensors.length > 1 ? `x.${this.#inputNames[i]}` : "x";
      checkTensor("predict", name, tensor);
      const { example } = existing(inputs[i]);
      if (fitsExample(tensor.shape.slice(1), example)) continue;
      throw new ShapeError(
        `predict: ${name} is [${tensor.shape.join(", ")}], expected [N, ${showExample(example).slice(1)}`,
      );
    }
    const outputs = backend.tidy(() => this.callAll(tensors, inferenceContext(backend)));
    const [only, ...others] = outputs;
    if (only && others.length === 0) return only;
    return Object.fromEntries(this.#outputNames.map((name, i) => [name, existing(outputs[i])]));
  }

  /**
   * The outputs for all examples of a dataset, batch by batch.
   *
   * @returns `{ shape, data }` in the host's memory. With several outputs, an object of these by name
   * @throws (rejects with) OptionError, ShapeError; what operators throw
   */
  async predictAll(
    dataset: Dataset,
    options: BatchSizeOptions = {},
  ): Promise<Predicted & Readonly<Record<string, Predicted>>> {
    const batchSize = new OptionReader("predictAll", options, ["batchSize"]).integer("batchSize", 1, 32);
    const { backend } = this.#built("predictAll");
    const examples = readDataset("predictAll", "dataset", dataset, this.#ports, false);
    const run = (inputs: readonly Tensor[]) => this.callAll(inputs, inferenceContext(backend));
    const outputs = await predictedAll(backend, run, examples, batchSize);
    const named = Object.fromEntries(this.#outputNames.map((name, i) => [name, existing(outputs[i])]));
    return Object.assign(Object.create(null), outputs.length === 1 ? outputs[0] : named);
  }

  override call(x: Tensor | readonly Tensor[], context: CallContext): Tensor {
    return existing(this.callAll(x instanceof Tensor ? [x] : x, context)[0]);
  }

  override callAll(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] {
    return this.#graph.run(inputs, context);
  }

  /**
   * Trains. The result is a loop over reports, and a promise of the history; see `Fit`. It goes on where the last fit, or
   * the checkpoint that was restored, ended.
   *
   * @param dataset examples in memory, an async iterable of batches, or a function that gives those of an epoch
   * @throws OptionError, ShapeError if an argument is invalid, before any weight changes. The loop and the promise throw
   * OptionError if another fit of the model runs, the signal's reason, and BackendLostError
   */
  fit(dataset: Dataset | DatasetStream, options: FitOptions = {}): Fit {
    const trainer = this.#trainerFor("fit");
    const target = {
      trainer,
      progress: this.#progress,
      bestWeights: this.#bestWeights,
      begin: () => {
        if (this.#isFitting) throw new OptionError("fit: another fit of this model runs; wait for its end");
        if (this.#trainer !== trainer) throw new OptionError("fit: the model was compiled again since; call fit again");
        this.#isFitting = true;
      },
      end: () => {
        this.#isFitting = false;
      },
    };
    if (this.#isFitting) throw new OptionError("fit: another fit of this model runs; wait for its end");
    return new Fit(target, planFit(target, dataset, options));
  }

  /**
   * Loss and metrics over a dataset, outside of training. It needs a loss, but no optimizer.
   *
   * @throws (rejects with) OptionError, ShapeError; what operators throw
   */
  async evaluate(dataset: Dataset, options: BatchSizeOptions = {}): Promise<Judgement> {
    const batchSize = new OptionReader("evaluate", options, ["batchSize"]).integer("batchSize", 1, 32);
    const trainer = this.#trainerFor("evaluate");
    const examples = readDataset("evaluate", "dataset", dataset, this.#ports, true);
    checkLabels("evaluate", "dataset", examples, trainer.compiled.outputs, this.#ports);
    return evaluated(trainer, examples, batchSize);
  }

  /** Weights and architecture, for `saveCheckpoint` or `encodeSafetensors`, and for `loadModel`. */
  async save(): Promise<ModelFile> {
    const { seed } = this.#built("save");
    const metadata = modelMetadata(this, this.inputShapes, seed);
    return { tensors: await readAll(this.weights), metadata };
  }

  /**
   * Everything that training goes on with: weights, architecture, the optimizer's state, how far it is.
   *
   * @throws (rejects with) OptionError before `compile`
   */
  async checkpoint(): Promise<ModelFile> {
    return checkpointOf({ ...this.#training("checkpoint"), progress: this.#progress });
  }

  /**
   * Takes over a checkpoint of the same architecture, compiled with the same optimizer. Training then goes on with the
   * same bits.
   *
   * @throws OptionError, ShapeError if the checkpoint does not fit; FileFormatError if it is damaged. Then nothing has
   * changed
   */
  restore(file: ModelFileData): void {
    if (this.#isFitting) throw new OptionError("restore: a fit of this model runs; wait for its end");
    this.#progress = restoreCheckpoint(this.#training("restore"), file);
  }

  /**
   * Takes over weights only: from a model's file, a checkpoint, or another framework's safetensors. The model need not be
   * compiled.
   *
   * @throws OptionError, ShapeError if they do not fit. Then nothing has changed
   */
  loadWeights(file: ModelFileData, options: LoadWeightsOptions = {}): LoadedWeights {
    const { backend, inputs } = this.#built("loadWeights");
    return loadWeightsInto(this.weights, () => flattenedInputs(this, backend, inputs), file, options);
  }

  /** Frees the optimizer's state, the recorded steps, and the weights that no other living model holds. */
  dispose(): void {
    this.#trainer?.dispose();
    this.#trainer = undefined;
    this.#compiled = undefined;
    this.#bestWeights.forget();
    this.#progress = newProgress();
    release(this);
    this.#disposed = true;
  }

  /** @internal */
  get namedWeights(): ReadonlyMap<string, NamedWeight> {
    this.#built("weights");
    return weightsOf(this);
  }

  /** @internal The extents of one example of each input. @throws OptionError before `build` */
  get inputShapes(): readonly ExampleShape[] {
    return this.#built("inputShapes").inputs.map(({ example }) => example);
  }

  #training(method: string) {
    const trainer = this.#trainerFor(method);
    const { seed } = this.#built(method);
    const { inputShapes, weights } = this;
    return { model: this, inputShapes, seed, weights, trainer, bestWeights: this.#bestWeights };
  }

  get #ports(): Ports {
    const { inputs, outputs } = this.#built("fit");
    const named = (names: readonly string[], extents: readonly Extents[]) =>
      new Map(names.map((name, i) => [name, existing(extents[i]).example]));
    return { inputs: named(this.#inputNames, inputs), outputs: named(this.#outputNames, outputs) };
  }

  #startTraining(): void {
    if (!this.#compiled) return;
    const { backend, seed } = this.#built("compile");
    const model: Trainable = { backend, seed, ports: this.#ports, layer: this, weights: this.namedWeights };
    this.#trainer = new Trainer(model, this.#compiled);
    hold(this);
  }

  #trainerFor(method: string): Trainer {
    this.#built(method);
    if (this.#trainer) return this.#trainer;
    throw new OptionError(`${method}: compile the model first: model.compile({ optimizer: "adam", loss: … })`);
  }

  #built(method: string): Standing {
    if (this.isBuilt) return existing(this.#standing);
    if (this.#disposed)
      throw new DisposedError(`${method}: the model was disposed of; build it again, or make another`);
    throw new OptionError(`${method}: build the model first: model.build(backend, { … })`);
  }

  #inputsOf(x: unknown): readonly Tensor[] {
    const names = this.#inputNames;
    const list: readonly unknown[] =
      x instanceof Tensor ? [x] : Array.isArray(x) ? x : names.map((name) => Object(x)[name]);
    if (list.length !== names.length) {
      throw new OptionError(`predict: x is ${show(x)}, expected the inputs ${names.join(", ")}`);
    }
    return list.map((tensor, i) => {
      checkTensor("predict", names.length > 1 ? `x.${names[i]}` : "x", tensor);
      return tensor;
    });
  }
}

function tensorsOf(
  argument: string,
  given: unknown,
): readonly (readonly [name: string | undefined, tensor: GraphTensor])[] {
  const entries: readonly (readonly [string | undefined, unknown])[] =
    given instanceof GraphTensor
      ? [[undefined, given]]
      : Array.isArray(given)
        ? given.map((tensor: unknown) => [undefined, tensor] as const)
        : Object.entries(Object(given));
  const tensors = entries.flatMap(([name, tensor]) => (tensor instanceof GraphTensor ? [[name, tensor] as const] : []));
  if (tensors.length === 0 || tensors.length < entries.length) {
    throw new OptionError(
      `Model: ${argument} is ${show(given)}, expected what input(…) or layer.apply(…) gives, a list of them, or an object by name`,
    );
  }
  return tensors;
}

/** The names, and "_1" for the second of a name. */
function unique(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
