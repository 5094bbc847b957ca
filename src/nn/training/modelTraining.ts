import { OptionError, show } from "../../core/errors.js";
import { type Compiled, readCompile } from "../compile.js";
import type { Dataset, Ports } from "../data/dataset.js";
import { type DatasetStream, plainBatches } from "../data/source.js";
import { checkpointOf, restoreCheckpoint } from "../files/checkpoint.js";
import type { ModelFile, ModelFileData } from "../files/format.js";
import type { GraphTensors } from "../modelTypes.js";
import type { Network } from "../network.js";
import { hold, type NamedWeight } from "../weights.js";
import { BestWeights } from "./bestWeights.js";
import { evaluated } from "./evaluate.js";
import { Fit, type FitTarget, NOT_BEGUN } from "./fit.js";
import { type FitOptions, planFit } from "./fitPlan.js";
import type { Judgement } from "./judge.js";
import { checkedLabels } from "./labels.js";
import { newProgress, type Progress } from "./progress.js";
import type { Queue } from "./queue.js";
import { Trainer } from "./trainer.js";

/** What a model keeps to itself, for its training. Both throw an OptionError before `build`. */
export interface ModelInside {
  ports(): Ports;
  weights(): ReadonlyMap<string, NamedWeight>;
}

const trainings = new WeakMap<object, ModelTraining>();

/** The training of a model. @throws OptionError if it is none */
export function knownTrainingOf(model: unknown, operator: string): ModelTraining {
  const training = typeof model === "object" && model !== null ? trainings.get(model) : undefined;
  if (training) return training;
  throw new OptionError(`${operator}: model is ${show(model)}, expected a Model or a Sequential`);
}

/** The training of one model: how it was compiled, how far it is, and whether a fit runs. */
export class ModelTraining {
  #compiled: Compiled | undefined;
  #trainer: Trainer | undefined;
  #progress: Progress = newProgress();
  readonly #bestWeights = new BestWeights(() => this.model.weights);
  #isFitting = false;
  /** During a fit: the steps of its epoch whose results are not read yet. */
  #queue: Queue | undefined;
  #isReminded = false;

  constructor(
    readonly model: Network<GraphTensors>,
    private readonly inside: ModelInside,
  ) {
    trainings.set(model, this);
  }

  /** How far the training is. A fit changes it. */
  get progress(): Progress {
    return this.#progress;
  }

  /** @throws OptionError if the optimizer belongs to another model */
  checkOptimizer(): void {
    this.#compiled?.optimizer?.checkOwner(this.model);
  }

  /** As `model.compile`. */
  compile(options: unknown): void {
    if (this.#isFitting) throw new OptionError("compile: a fit of this model runs; wait for its end");
    const compiled = readCompile(options, this.model.outputNames, this.model.graph);
    compiled.optimizer?.checkOwner(this.model);
    this.#end();
    compiled.optimizer?.claim(this.model);
    this.#compiled = compiled;
    this.#progress = newProgress();
    this.#bestWeights.forget();
    if (this.model.isBuilt) this.start();
  }

  /** Makes what training needs, if the model is compiled. The model must be built. */
  start(): void {
    if (!this.#compiled) return;
    const { backend, seed } = this.model.standing("compile");
    const model = { backend, seed, ports: this.inside.ports(), layer: this.model, weights: this.inside.weights() };
    this.#trainer = new Trainer(model, this.#compiled);
    hold(this.model);
  }

  /** As `model.fit`. */
  fit(dataset: Dataset | DatasetStream, options: FitOptions): Fit {
    const trainer = this.trainerFor("fit");
    const target: FitTarget = {
      trainer,
      bestWeights: this.#bestWeights,
      begin: () => this.begin("fit", trainer),
      queued: (queue) => {
        this.#queue = queue;
      },
      end: () => this.end(),
      remind: () => {
        if (!this.#isReminded) console.warn(NOT_BEGUN);
        this.#isReminded = true;
      },
    };
    this.#refuseSecond("fit");
    return new Fit(target, planFit({ trainer, progress: this.#progress }, dataset, options));
  }

  /**
   * Begins a fit, or another training. Until `end`, nothing else may train or compile the model.
   *
   * @returns how far the training is. The caller changes it
   * @throws OptionError if a fit runs; DisposedError if the model was compiled again since it gave the trainer
   */
  begin(operator: string, trainer: Trainer): Progress {
    this.#refuseSecond(operator);
    trainer.checkAlive(operator);
    // A worker's steps may have any number, and its replicas too.
    trainer.place(this.#progress.steps, 0);
    this.#isFitting = true;
    return this.#progress;
  }

  /** Ends what `begin` began. */
  end(): void {
    this.#isFitting = false;
    this.#queue = undefined;
  }

  /** As `model.evaluate`. */
  async evaluate(dataset: Dataset | DatasetStream, batchSize: number): Promise<Judgement> {
    const trainer = this.trainerFor("evaluate");
    const { ports } = trainer.model;
    const prepare = checkedLabels("evaluate", "dataset", trainer.compiled.outputs, ports);
    return evaluated(trainer, plainBatches(dataset, "dataset", batchSize, { operator: "evaluate", ports, prepare }));
  }

  /** As `model.checkpoint`. */
  checkpoint(): Promise<ModelFile> {
    return checkpointOf({ ...this.#state("checkpoint"), progress: this.#progress }, this.#queue);
  }

  /** As `model.restore`. */
  restore(file: ModelFileData): void {
    if (this.#isFitting) throw new OptionError("restore: a fit of this model runs; wait for its end");
    this.takeOver(file);
  }

  /** As `restore`, for who has begun the training. */
  takeOver(file: ModelFileData): void {
    this.#progress = restoreCheckpoint(this.#state("restore"), file);
  }

  /** As `model.dispose`: frees everything but the weights. */
  dispose(): void {
    this.#end();
    this.#bestWeights.forget();
    this.#progress = newProgress();
  }

  /** From now on, training goes on with the present weights, even if the last fit ended with the best ones. */
  keepPresentWeights(): void {
    this.#bestWeights.last = new Map();
  }

  /** @throws OptionError before `build` and `compile` */
  trainerFor(method: string): Trainer {
    this.model.standing(method);
    // A model that was built as a part of another one has had no occasion.
    if (!this.#trainer) this.start();
    if (this.#trainer) return this.#trainer;
    throw new OptionError(`${method}: compile the model first: model.compile({ optimizer: "adam", loss: … })`);
  }

  #state(method: string) {
    const trainer = this.trainerFor(method);
    const { seed } = this.model.standing(method);
    const { inputShapes, weights } = this.model;
    return { model: this.model, inputShapes, seed, weights, trainer, bestWeights: this.#bestWeights };
  }

  /** Frees the recorded steps and the optimizer, which another model may take then. */
  #end(): void {
    this.#trainer?.dispose();
    this.#compiled?.optimizer?.dispose();
    this.#trainer = undefined;
    this.#compiled = undefined;
  }

  #refuseSecond(operator: string): void {
    if (this.#isFitting) throw new OptionError(`${operator}: another fit of this model runs; wait for its end`);
  }
}
