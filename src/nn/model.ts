import type { Backend } from "../core/backend.js";
import { checkBackend } from "../core/checkBackend.js";
import { makeDisposable } from "../core/disposable.js";
import { existing } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import { LayerScope } from "./buildScope.js";
import type { CompileOptions } from "./compile.js";
import type { Dataset } from "./data/dataset.js";
import type { DatasetStream } from "./data/source.js";
import { flattenedInputs } from "./files/flattened.js";
import type { ModelFile, ModelFileData } from "./files/format.js";
import { type LoadedWeights, type LoadWeightsOptions, loadWeightsInto } from "./files/loadWeights.js";
import { checkNoPath, modelMetadata, readAll } from "./files/modelFile.js";
import type { ExampleShape } from "./graph/extents.js";
import { type GraphTensor, isNode } from "./graph/graphTensor.js";
import type { BuildScope } from "./layer.js";
import type { BatchSizeOptions, BuildOptions, GraphTensors } from "./modelTypes.js";
import { Network } from "./network.js";
import type { Fit } from "./training/fit.js";
import type { FitOptions } from "./training/fitPlan.js";
import type { Judgement } from "./training/judge.js";
import { ModelTraining } from "./training/modelTraining.js";
import { release } from "./weights.js";

/**
 * A network: layers that are connected to a graph, with weights on one backend (Keras's Model). Build it, compile it
 * with an optimizer and a loss, and fit it. It is a layer too, so it can be a part of another model.
 *
 * @example
 * ```ts
 * const x = input([4, 4, 1]);
 * const y = new Dense({ units: 10 }).apply(new Flatten().apply(x));
 * const model = new Model({ inputs: x, outputs: y }).build(backend, { seed: 1 });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
 * await model.fit({ images: new Uint8Array(32), shape: [2, 4, 4, 1], labels: [3, 7] }, { epochs: 5 });
 * model.predict(backend.zeros([1, 4, 4, 1])).shape; // [1, 10]
 * ```
 */
export class Model<Outputs extends GraphTensors = GraphTensor> extends Network<Outputs> {
  override readonly kind: string = "model";
  declare readonly [Symbol.dispose]: () => void;
  readonly #training: ModelTraining = new ModelTraining(this, {
    ports: () => this.ports,
    weights: () => this.namedWeights,
  });

  static {
    makeDisposable<Model<GraphTensors>>(Model, (model) => model.dispose());
  }

  override get className(): string {
    return "Model";
  }

  /**
   * Makes the weights of all layers that have none. Layers that have weights keep them, and share them. If it throws,
   * nothing has changed.
   *
   * @param backend where the weights are, and all that the model computes
   * @param options `seed` of all that is random: the first weights, dropout, and the order of examples
   * @returns the model itself
   * @throws OptionError if the model is built already, or an option is invalid; ShapeError if a layer does not take
   * what the one before it gives; BackendMismatchError if a layer's weights are on another backend; OutOfMemoryError
   *
   * @example
   * ```ts
   * const x = input([null, null, 3]);
   * const y = new Conv2D({ filters: 8, kernelSize: 3, padding: "same" }).apply(x);
   * const model = new Model({ inputs: x, outputs: y }).build(backend, { seed: 1 });
   * model.weights.get("conv2d.kernel")?.shape; // [3, 3, 3, 8]
   * ```
   */
  override build(backend: Backend, options?: BuildOptions): this;
  /**
   * Makes the weights as a part of another model, which calls it.
   *
   * @param scope of the model around it
   * @param inputShape the extents of one example of its input
   */
  override build(scope: BuildScope, inputShape: ExampleShape | readonly ExampleShape[]): unknown;
  override build(
    where: Backend | BuildScope,
    given: BuildOptions | ExampleShape | readonly ExampleShape[] = {},
  ): unknown {
    if (where instanceof LayerScope) {
      this.buildInside(where, Array.isArray(given) ? given : []);
      return undefined;
    }
    checkBackend("build", "backend", where);
    const reader = new OptionReader("build", given, ["seed"]);
    const shapes = this.graph.inputs.map(({ source }) => existing(isNode(source) ? undefined : source.shape));
    this.buildOn(where, reader.integer("seed", 0, 0), shapes);
    return this;
  }

  /** @internal */
  protected override buildOn(backend: Backend, seed: number, inputs: readonly ExampleShape[]): void {
    this.#training.checkOptimizer();
    super.buildOn(backend, seed, inputs);
    try {
      this.#training.start();
    } catch (error) {
      release(this);
      throw error;
    }
  }

  /**
   * Chooses the optimizer, the loss and the metrics. Call it before or after `build`. If you compile again, the
   * optimizer and the counts of epochs and steps begin anew. The weights stay.
   *
   * @param options `optimizer`, `loss`, `metrics` and the weights of several losses
   * @returns the model itself
   * @throws OptionError if an option is missing, unknown or invalid, the optimizer belongs to another model, a fit
   * runs, or the model ends in a softmax or sigmoid that the loss computes too
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 2 })]).build(backend, { inputShape: [3] });
   * model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: { name: "huber", delta: 2 } });
   * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy", { name: "topK", k: 2 }] });
   * ```
   */
  compile(options: CompileOptions): this {
    this.#training.compile(options);
    return this;
  }

  /** @internal Where its weights are. @throws OptionError before `build` */
  get backend(): Backend {
    return this.standing("backend").backend;
  }

  /**
   * The number of epochs that training has finished since `compile`, over all fits.
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
   * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
   * const data = { images: [[0], [1], [2], [3]], labels: [1, 3, 5, 7] };
   * for await (const { step } of model.fit(data, { batchSize: 2 })) if (step === 1) break;
   * model.epochsDone; // 0
   * await model.fit(data, { epochs: 3, batchSize: 2 });
   * model.epochsDone; // 3
   * ```
   */
  get epochsDone(): number {
    return this.#training.progress.epochs;
  }

  /** The number of steps that training has done since `compile`, over all fits. A step takes one batch. */
  get stepsDone(): number {
    return this.#training.progress.steps;
  }

  /**
   * Trains the model. The result is a loop over reports, and a promise of the history; see {@link Fit}. Await it or
   * iterate over it: before that, nothing is trained. It goes on where the last fit, or the checkpoint that was
   * restored, ended.
   *
   * Pause by awaiting inside the loop. Stop by leaving the loop, or by the option `signal`.
   *
   * @param dataset examples in memory, an iterable of batches, or a function that gives the batches of an epoch
   * @param options `epochs`, `batchSize`, what to validate on, when to stop, and more
   * @returns a loop over `FitReport`, and a promise of `History`
   * @throws OptionError before `build` and `compile`, or if an argument is invalid; ShapeError if the examples do not
   * fit; in the loop and the promise, OptionError if another fit of the model runs, BackendLostError, and the reason
   * of the signal
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 8, activation: "tanh" }), new Dense({ units: 2 })]);
   * model.build(backend, { inputShape: [2], seed: 1 });
   * model.compile({ optimizer: new Adam({ learningRate: 0.1 }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
   * const exclusiveOr = { images: [[0, 0], [0, 1], [1, 0], [1, 1]], labels: [0, 1, 1, 0] };
   * const history = await model.fit(exclusiveOr, { epochs: 30 });
   * history.length; // 30
   * history.at(-1)?.metrics.accuracy; // 1
   * ```
   */
  fit(dataset: Dataset | DatasetStream, options: FitOptions = {}): Fit {
    return this.#training.fit(dataset, options);
  }

  /**
   * Computes the loss and the metrics over a dataset, outside of training. The model needs a loss, but no optimizer.
   *
   * @param dataset examples in memory with labels, or a stream of batches
   * @param options `batchSize`, the number of examples that are computed at a time
   * @returns the means over all examples
   * @throws (rejects with) OptionError before `build` and `compile`, or if an argument is invalid; ShapeError if the
   * examples do not fit; what operators throw
   *
   * @example
   * ```ts
   * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
   * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
   * model.compile({ loss: "meanSquaredError", metrics: ["meanAbsoluteError"] });
   * const test = { images: [[1, 2], [3, 4]], labels: [2, 4] }; // the outputs are 3 and 7
   * await model.evaluate(test); // { loss: 5, metrics: { meanAbsoluteError: 2 } }
   * ```
   */
  async evaluate(dataset: Dataset | DatasetStream, options: BatchSizeOptions = {}): Promise<Judgement> {
    const batchSize = new OptionReader("evaluate", options, ["batchSize"]).integer("batchSize", 1, 32);
    return this.#training.evaluate(dataset, batchSize);
  }

  /**
   * Reads the weights, and describes the architecture.
   *
   * @returns what `saveCheckpoint` and `encodeSafetensors` write, and `loadModel` takes
   * @throws (rejects with) OptionError before `build`, if it gets a path, or if a layer's `config` holds what JSON
   * cannot; BackendLostError
   *
   * @example
   * ```ts
   * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
   * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
   * const bytes = encodeSafetensors(await model.save()); // the content of a file
   * const again = await loadModel(decodeSafetensors(bytes), backend);
   * await again.predict(backend.tensor([[1, 2]])).read(); // [3]
   * ```
   */
  save(): Promise<ModelFile>;
  async save(path?: unknown): Promise<ModelFile> {
    checkNoPath("save", path);
    const { seed } = this.standing("save");
    const metadata = modelMetadata(this, this.inputShapes, seed);
    return { tensors: await readAll(this.weights), metadata };
  }

  /**
   * Reads everything that training needs to go on: weights, architecture, the state of the optimizer, and the counts of
   * epochs and steps. You may call it inside the loop of a fit.
   *
   * @returns what `saveCheckpoint` and `encodeSafetensors` write, and `restore` and `loadModel` take
   * @throws (rejects with) OptionError before `build` and `compile`, or if it gets a path; BackendLostError
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
   * model.compile({ optimizer: "adam", loss: "meanSquaredError" });
   * await model.fit({ images: [[0], [1]], labels: [1, 3] }, { epochs: 2 });
   * const { tensors } = await model.checkpoint();
   * tensors.has("dense.kernel") && tensors.has("adam.m.dense.kernel"); // true
   * ```
   */
  checkpoint(): Promise<ModelFile>;
  async checkpoint(path?: unknown): Promise<ModelFile> {
    checkNoPath("checkpoint", path);
    return this.#training.checkpoint();
  }

  /**
   * Takes over a checkpoint of the same architecture, compiled with the same optimizer. Training then goes on with the
   * same bits as without the interruption. If it throws, nothing has changed.
   *
   * @param file what `checkpoint`, `loadCheckpoint` or `decodeSafetensors` gives
   * @throws OptionError before `build` and `compile`, while a fit runs, or if the checkpoint does not fit; ShapeError
   * if a tensor has another shape; FileFormatError if the file is damaged
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
   * model.compile({ optimizer: "adam", loss: "meanSquaredError" });
   * await model.fit({ images: [[0], [1]], labels: [1, 3] }, { epochs: 2 });
   * const resumed = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
   * resumed.compile({ optimizer: "adam", loss: "meanSquaredError" });
   * resumed.restore(await model.checkpoint());
   * resumed.epochsDone; // 2
   * ```
   */
  restore(file: ModelFileData): void {
    this.#training.restore(file);
  }

  /**
   * Takes over weights only: from the file of a model, a checkpoint, or safetensors of another framework. The model
   * need not be compiled. If it throws, nothing has changed.
   *
   * @param file what `save`, `checkpoint`, `loadCheckpoint` or `decodeSafetensors` gives, or `{ tensors }` of your own
   * @param options `strict`, `rename` and `pytorch`, for files whose names or layouts differ from those of the model
   * @returns which weights were written, which the file lacks, and which the model lacks
   * @throws OptionError before `build`, if an option is invalid, or if names do not fit; ShapeError if a shape does
   * not fit
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [2] });
   * const tensors = { "fc.weight": { shape: [1, 2], data: [3, 4] }, "fc.bias": { shape: [1], data: [5] } };
   * const { loaded } = model.loadWeights({ tensors }, { pytorch: true, rename: { fc: "dense" } });
   * loaded; // ["dense.kernel", "dense.bias"]
   * await model.predict(backend.tensor([[10, 100]])).read(); // [435]
   * ```
   */
  loadWeights(file: ModelFileData, options: LoadWeightsOptions = {}): LoadedWeights {
    const { backend, inputs } = this.standing("loadWeights");
    return loadWeightsInto(this.weights, () => flattenedInputs(this, backend, inputs), file, options);
  }

  /**
   * Frees the state of the optimizer, the recorded steps, and the weights that no other living model holds. The model
   * can be built and compiled again then. `using` calls it where the engine has Symbol.dispose.
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 10 })]).build(backend, { inputShape: [5] });
   * model.isBuilt; // true
   * model.dispose();
   * model.isBuilt; // false
   * ```
   */
  override dispose(): void {
    this.#training.dispose();
    super.dispose();
  }
}
