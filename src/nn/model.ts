import { type Backend, checkBackend } from "../core/backend.js";
import { makeDisposable } from "../core/disposable.js";
import { OptionError } from "../core/errors.js";
import { existing } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import { LayerScope } from "./buildScope.js";
import { type Compiled, type CompileOptions, readCompile } from "./compile.js";
import type { Dataset } from "./data/dataset.js";
import { type DatasetStream, plainBatches } from "./data/source.js";
import { checkpointOf, restoreCheckpoint } from "./files/checkpoint.js";
import { flattenedInputs } from "./files/flattened.js";
import type { ModelFile, ModelFileData } from "./files/format.js";
import { type LoadedWeights, type LoadWeightsOptions, loadWeightsInto } from "./files/loadWeights.js";
import { modelMetadata, readAll } from "./files/modelFile.js";
import type { ExampleShape } from "./graph/extents.js";
import { type GraphTensor, isNode } from "./graph/graphTensor.js";
import type { BuildScope } from "./layer.js";
import { type BatchSizeOptions, type BuildOptions, type GraphTensors, Network } from "./network.js";
import { BestWeights } from "./training/bestWeights.js";
import { evaluated } from "./training/evaluate.js";
import { Fit, type FitTarget } from "./training/fit.js";
import { type FitOptions, planFit } from "./training/fitPlan.js";
import type { Judgement } from "./training/judge.js";
import { checkedLabels } from "./training/labels.js";
import { newProgress, type Progress } from "./training/progress.js";
import type { Queue } from "./training/queue.js";
import { Trainer } from "./training/trainer.js";
import { hold, release } from "./weights.js";

const NOT_BEGUN =
  "webgpu-cnn: fit was called, but nothing is trained before it is awaited or iterated over: await model.fit(…), or for await (const report of model.fit(…)). This is said once for each model.";

/**
 * A network: layers that are connected to a graph, with weights on one backend. Build it, compile it with an optimizer
 * and a loss, and fit it. It is a layer too, so it can be a part of another model.
 *
 * @example
 * ```ts
 * const x = input([2]);
 * const model = new Model({ inputs: x, outputs: new Dense({ units: 2 }).apply(x) }).build(backend, { seed: 1 });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
 * const train = { images: new Float32Array([0, 1, 1, 0]), shape: [2, 2], labels: [1, 0] };
 * const history = await model.fit(train, { epochs: 2 });
 * history.length; // 2
 * ```
 */
export class Model<Outputs extends GraphTensors = GraphTensor> extends Network<Outputs> {
  override readonly kind: string = "model";
  declare readonly [Symbol.dispose]: () => void;
  #compiled: Compiled | undefined;
  #trainer: Trainer | undefined;
  #progress: Progress = newProgress();
  readonly #bestWeights = new BestWeights(() => this.weights);
  #isFitting = false;
  /** During a fit: the steps of its epoch whose results are not read yet. */
  #queue: Queue | undefined;
  #isReminded = false;

  static {
    makeDisposable<Model<GraphTensors>>(Model, (model) => model.dispose());
  }

  override get className(): string {
    return "Model";
  }

  /** Makes the weights as a part of another model, which calls it. */
  override build(scope: BuildScope, inputShape: ExampleShape | readonly ExampleShape[]): unknown;
  /**
   * Makes the weights of all layers that have none. Layers that have weights keep them, and share them.
   *
   * @throws OptionError if the model is built already; ShapeError if a layer does not take what the one before it gives;
   * BackendMismatchError if a layer's weights are on another backend; OutOfMemoryError. Then nothing has changed
   */
  override build(backend: Backend, options?: BuildOptions): this;
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
    this.#compiled?.optimizer?.checkOwner(this);
    super.buildOn(backend, seed, inputs);
    try {
      this.#startTraining();
    } catch (error) {
      release(this);
      throw error;
    }
  }

  /**
   * Chooses how the model is trained and judged. It may come before `build`. Compiled again, training begins anew, and the
   * old optimizer's state is freed.
   *
   * @throws OptionError if an option is invalid, the optimizer belongs to another model, or a fit runs
   */
  compile(options: CompileOptions): this {
    if (this.#isFitting) throw new OptionError("compile: a fit of this model runs; wait for its end");
    const compiled = readCompile(options, this.outputNames, this.graph);
    compiled.optimizer?.checkOwner(this);
    this.#endTraining();
    compiled.optimizer?.claim(this);
    this.#compiled = compiled;
    this.#progress = newProgress();
    this.#bestWeights.forget();
    if (this.isBuilt) this.#startTraining();
    return this;
  }

  /** @internal Where its weights are. @throws OptionError before `build` */
  get backend(): Backend {
    return this.standing("backend").backend;
  }

  /** The epochs that training has finished, over all fits. */
  get epochsDone(): number {
    return this.#progress.epochs;
  }

  /** The steps that training has done, over all fits. */
  get stepsDone(): number {
    return this.#progress.steps;
  }

  /**
   * Trains. The result is a loop over reports, and a promise of the history; see `Fit`. Await it or iterate over it: before
   * that, nothing is trained. It goes on where the last fit, or the checkpoint that was restored, ended.
   *
   * @param dataset examples in memory, an async iterable of batches, or a function that gives those of an epoch
   * @throws OptionError, ShapeError if an argument is invalid, before any weight changes. The loop and the promise throw
   * OptionError if another fit of the model runs, the signal's reason, and BackendLostError
   */
  fit(dataset: Dataset | DatasetStream, options: FitOptions = {}): Fit {
    const trainer = this.#trainerFor("fit");
    const refuseSecond = () => {
      if (this.#isFitting) throw new OptionError("fit: another fit of this model runs; wait for its end");
    };
    const target: FitTarget = {
      trainer,
      bestWeights: this.#bestWeights,
      begin: () => {
        refuseSecond();
        trainer.checkAlive("fit");
        this.#isFitting = true;
        return this.#progress;
      },
      queued: (queue) => {
        this.#queue = queue;
      },
      end: () => {
        this.#isFitting = false;
        this.#queue = undefined;
      },
      remind: () => {
        if (!this.#isReminded) console.warn(NOT_BEGUN);
        this.#isReminded = true;
      },
    };
    refuseSecond();
    return new Fit(target, planFit({ trainer, progress: this.#progress }, dataset, options));
  }

  /**
   * Loss and metrics over a dataset, outside of training. It needs a loss, but no optimizer.
   *
   * @throws (rejects with) OptionError, ShapeError; what operators throw
   */
  async evaluate(dataset: Dataset | DatasetStream, options: BatchSizeOptions = {}): Promise<Judgement> {
    const batchSize = new OptionReader("evaluate", options, ["batchSize"]).integer("batchSize", 1, 32);
    const trainer = this.#trainerFor("evaluate");
    const prepare = checkedLabels("evaluate", "dataset", trainer.compiled.outputs, this.ports);
    const reading = { operator: "evaluate", ports: this.ports, prepare };
    return evaluated(trainer, plainBatches(dataset, "dataset", batchSize, reading));
  }

  /** Weights and architecture, for `saveCheckpoint` or `encodeSafetensors`, and for `loadModel`. */
  async save(): Promise<ModelFile> {
    const { seed } = this.standing("save");
    const metadata = modelMetadata(this, this.inputShapes, seed);
    return { tensors: await readAll(this.weights), metadata };
  }

  /**
   * Everything that training goes on with: weights, architecture, the optimizer's state, how far it is.
   *
   * @throws (rejects with) OptionError before `compile`
   */
  async checkpoint(): Promise<ModelFile> {
    return checkpointOf({ ...this.#training("checkpoint"), progress: this.#progress }, this.#queue);
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
    const { backend, inputs } = this.standing("loadWeights");
    return loadWeightsInto(this.weights, () => flattenedInputs(this, backend, inputs), file, options);
  }

  /** Frees the optimizer's state, the recorded steps, and the weights that no other living model holds. */
  override dispose(): void {
    this.#endTraining();
    this.#bestWeights.forget();
    this.#progress = newProgress();
    super.dispose();
  }

  #training(method: string) {
    const trainer = this.#trainerFor(method);
    const { seed } = this.standing(method);
    const { inputShapes, weights } = this;
    return { model: this, inputShapes, seed, weights, trainer, bestWeights: this.#bestWeights };
  }

  /** Frees the recorded steps and the optimizer, which another model may take then. */
  #endTraining(): void {
    this.#trainer?.dispose();
    this.#compiled?.optimizer?.dispose();
    this.#trainer = undefined;
    this.#compiled = undefined;
  }

  #startTraining(): void {
    if (!this.#compiled) return;
    const { backend, seed } = this.standing("compile");
    const model = { backend, seed, ports: this.ports, layer: this, weights: this.namedWeights };
    this.#trainer = new Trainer(model, this.#compiled);
    hold(this);
  }

  #trainerFor(method: string): Trainer {
    this.standing(method);
    // A model that was built as a part of another one has had no occasion.
    if (!this.#trainer) this.#startTraining();
    if (this.#trainer) return this.#trainer;
    throw new OptionError(`${method}: compile the model first: model.compile({ optimizer: "adam", loss: … })`);
  }
}
