import type { Backend } from "../../core/backend.js";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import { type ExampleBatch, type Examples, type Ports, readDataset } from "../data/dataset.js";
import { isStream } from "../data/source.js";
import type { ModelFileData } from "../files/format.js";
import type { Json } from "../layerTypes.js";
import type { Model } from "../model.js";
import type { GraphTensors } from "../modelTypes.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { NamedWeight } from "../weights.js";
import { type DescribeOptions, describeCompiled } from "./compileDescription.js";
import type { Judgement } from "./judge.js";
import { checkedLabels, withClassWeights } from "./labels.js";
import { knownTrainingOf, type ModelTraining } from "./modelTraining.js";
import type { Progress } from "./progress.js";
import type { RunningStep, Trainer } from "./trainer.js";

/** The name and the shape of a weight. */
export interface WeightForm {
  readonly name: string;
  readonly shape: Shape;
}

/** Values of weights, or their gradients, by name. */
export type ValuesByName = ReadonlyMap<string, Float32Array>;

/** What random numbers of a computation depend on, besides the seed of the model. */
export interface Place {
  /** The number of the step, over all fits. */
  readonly step: number;
  /** The number of the replica, from 0 to 2047. */
  readonly replica: number;
}

/** The loss and the metrics of a slice of a batch. */
export interface SliceResult {
  readonly judgement: Judgement;
  readonly examples: number;
}

/**
 * The training of a model as parts that machines share.
 *
 * @throws OptionError if it is no model, or is not built and compiled
 */
export function trainingOf(model: Model<GraphTensors>, operator: string): DistributedTraining {
  const training = knownTrainingOf(model, operator);
  return new DistributedTraining(model, operator, training, training.trainerFor(operator));
}

/**
 * The parts of a training that many machines share. A worker computes gradients or steps of slices, and the coordinator
 * applies their mean. It stands for one `compile`: after another one, its methods throw a DisposedError.
 */
export class DistributedTraining {
  /** Whether the optimizer has the state of a replica. */
  #hasLocalState = false;

  constructor(
    readonly model: Model<GraphTensors>,
    private readonly operator: string,
    private readonly training: ModelTraining,
    private readonly trainer: Trainer,
  ) {}

  /** Where the weights are. */
  get backend(): Backend {
    return this.trainer.model.backend;
  }

  /** What the model takes and gives, by name. */
  get ports(): Ports {
    return this.trainer.model.ports;
  }

  /** The seed of the model. */
  get seed(): number {
    return this.trainer.model.seed;
  }

  /**
   * Begins the training, as a fit begins. Until `end`, a fit and a compile of the model are an OptionError.
   *
   * @throws OptionError if a fit runs, or no weight is trainable; DisposedError
   */
  begin(): void {
    this.training.begin(this.operator, this.trainer);
    try {
      if (this.trainer.trained.length === 0) {
        throw new OptionError(
          `${this.operator}: no weight is trainable; set layer.trainable = true for one of the layers`,
        );
      }
      this.trainer.refresh();
    } catch (error) {
      this.training.end();
      throw error;
    }
  }

  /** Takes over a checkpoint, between `begin` and `end`. @throws OptionError if it is another model's; FileFormatError */
  restore(file: ModelFileData): void {
    this.trainer.checkAlive(this.operator);
    this.training.takeOver(file);
  }

  /**
   * Goes on from the present weights, after `begin`. An epoch that a fit left open is given up, as with its option
   * `startEpoch`.
   *
   * @returns how far the training is. The caller changes it
   */
  goOn(): Progress {
    const { progress } = this.training;
    this.training.keepPresentWeights();
    progress.open = null;
    progress.earlyStopping.stopped = false;
    return progress;
  }

  /** Ends what `begin` began. */
  end(): void {
    this.training.end();
  }

  /**
   * Describes `compile` as data, without the learning rate; see `describeCompiled`.
   *
   * @throws OptionError if there is no optimizer, or something is a function or a class of one's own
   */
  describeCompile(operator: string, options: DescribeOptions): Json {
    return describeCompiled(operator, this.trainer.compiled, options);
  }

  /** The options of the optimizer as data. A schedule is left out. @throws OptionError if there is no optimizer */
  get optimizerConfig(): Json {
    return this.#optimizer.config;
  }

  /** The weights that training changes now, in the order of `model.weights`. */
  get trained(): readonly WeightForm[] {
    return this.#forms(this.trainer.trained);
  }

  /** The weights that training moves without gradients now, such as moving means; in the order of `model.weights`. */
  get statistics(): readonly WeightForm[] {
    return this.#forms(this.trainer.statistics);
  }

  /** The learning rate of a step. @throws OptionError if there is no optimizer, or its schedule gives no rate */
  learningRate(step: number): number {
    this.#optimizer.rateFactor = this.training.progress.plateau.factor;
    return this.#optimizer.rateAt(step);
  }

  /**
   * Takes one step of the optimizer, and counts it.
   *
   * @param gradients of all weights that are trained, by name
   * @throws OptionError if there is no optimizer, or a gradient is missing or of no such weight; ShapeError if one has
   * another number of values; DisposedError
   */
  applyGradients(gradients: ValuesByName): void {
    const { trainer, backend } = this;
    trainer.checkAlive(this.operator);
    const names = this.trained.map(({ name }) => name);
    const other = [...gradients.keys()].find((name) => !names.includes(name));
    if (other !== undefined) {
      throw new OptionError(`${this.operator}: there is a gradient of ${show(other)}, which is not trained`);
    }
    const ordered = names.map((name) => {
      const gradient = gradients.get(name);
      if (gradient) return [name, gradient] as const;
      throw new OptionError(`${this.operator}: the gradient of ${name} is missing`);
    });
    const checked = this.#checked(ordered);
    this.#optimizer.setRate(this.learningRate(this.training.progress.steps));
    backend.tidy(() => {
      const tensors = checked.map(({ name, variable, data }) => [name, backend.tensor(data, variable.shape)] as const);
      this.#optimizer.applyTo(new Map(tensors));
    });
    this.countSteps(1);
  }

  /** Takes over values of weights. @throws OptionError if there is no such weight; ShapeError; DisposedError */
  writeWeights(values: ValuesByName): void {
    this.trainer.checkAlive(this.operator);
    for (const { variable, data } of this.#checked(values)) variable.write(data);
  }

  /** Counts steps that were taken elsewhere. */
  countSteps(steps: number): void {
    const { progress } = this.training;
    progress.steps += steps;
    this.trainer.step.write([progress.steps]);
  }

  /** Reads the weights of these names, as of this call. @throws OptionError if there is no such weight */
  async readWeights(names: Iterable<string>): Promise<ValuesByName> {
    this.trainer.checkAlive(this.operator);
    // All reads are queued before the first is waited for, and none if a name is wrong.
    const variables = [...names].map((name) => [name, this.#weight(name).variable] as const);
    const reads = variables.map(async ([name, variable]) => [name, await variable.read()] as const);
    return new Map(await Promise.all(reads));
  }

  /**
   * Computes the gradients of the mean loss of a slice. It moves the statistics, and changes no other weight.
   *
   * @returns the loss and the metrics, and the gradients of the weights that are trained
   */
  async gradients(batch: ExampleBatch, { step, replica }: Place): Promise<SliceResult & { gradients: ValuesByName }> {
    const { trainer } = this;
    trainer.checkAlive(this.operator);
    trainer.place(step, replica);
    const running = await trainer.run("gradients", batch);
    const [judgement, gradients] = await Promise.all([running.judgement, running.gradients]);
    return { judgement, examples: running.examples, gradients };
  }

  /**
   * Takes steps from a fresh state of the optimizer.
   *
   * @param batches a batch for each step. A step whose batch is empty is left out
   * @param rates the learning rates of the steps
   * @param at the number of the first step, and the replica
   * @returns the loss and the metrics of the steps that were taken
   * @throws (rejects with) OptionError if there is no optimizer, or fewer rates than batches; DisposedError; what
   * operators throw
   */
  async localSteps(
    batches: Iterable<ExampleBatch>,
    rates: readonly number[],
    { step, replica }: Place,
  ): Promise<readonly SliceResult[]> {
    const { trainer } = this;
    const optimizer = this.#optimizer;
    trainer.checkAlive(this.operator);
    optimizer.reset();
    this.#hasLocalState = true;
    const results: SliceResult[] = [];
    const take = async ({ judgement, examples }: RunningStep) => {
      results.push({ judgement: await judgement, examples });
    };
    let running: RunningStep | undefined;
    let number = 0;
    // One step runs while the one before it is read.
    for (const batch of batches) {
      const rate = rates[number];
      if (rate === undefined) {
        throw new OptionError(`${this.operator}: there are ${rates.length} learning rates, expected one for each step`);
      }
      if (batch.size > 0) {
        optimizer.setRate(rate);
        trainer.place(step + number, replica);
        const next = await trainer.run("train", batch);
        if (running) await take(running);
        running = next;
      }
      number++;
    }
    if (running) await take(running);
    return results;
  }

  /** Takes back what `gradients` and `localSteps` leave besides weights: the optimizer's state and the step. */
  leaveReplica(): void {
    if (this.#hasLocalState) this.#optimizer.reset();
    this.#hasLocalState = false;
    this.trainer.place(this.training.progress.steps, 0);
  }

  /**
   * Checks a dataset as fit does.
   *
   * @throws OptionError if it is a stream, or invalid; ShapeError
   */
  examples(dataset: unknown, operator: string, classWeight?: unknown, argument = "data"): Examples {
    if (isStream(dataset)) {
      throw new OptionError(
        `${operator}: ${argument} is a stream, expected examples in memory; every worker takes its own slices of them`,
      );
    }
    const { ports } = this;
    const { outputs } = this.trainer.compiled;
    const examples = readDataset(operator, argument, dataset, ports, true);
    return withClassWeights(
      operator,
      checkedLabels(operator, argument, outputs, ports)(examples),
      classWeight,
      outputs,
      ports,
    );
  }

  /** @throws OptionError if there is none */
  get #optimizer(): Optimizer {
    const { optimizer } = this.trainer.compiled;
    if (optimizer) return optimizer;
    throw new OptionError(
      `${this.operator}: the model was compiled without an optimizer; compile({ optimizer: "adam", loss: … })`,
    );
  }

  #weight(name: string): NamedWeight {
    const weight = this.trainer.model.weights.get(name);
    if (weight) return weight;
    throw new OptionError(`${this.operator}: the model has no weight ${show(name)}`);
  }

  #forms(names: readonly string[]): readonly WeightForm[] {
    const { weights } = this.trainer.model;
    return names.map((name) => ({ name, shape: existing(weights.get(name)).variable.shape }));
  }

  /** Values with the variables of their weights. @throws OptionError, ShapeError */
  #checked(values: Iterable<readonly [name: string, data: Float32Array]>) {
    return [...values].map(([name, data]) => {
      const { variable } = this.#weight(name);
      if (data.length === variable.size) return { name, variable, data };
      throw new ShapeError(
        `${this.operator}: ${name} has ${data.length} values, expected ${variable.size} for its shape [${variable.shape.join(", ")}]`,
      );
    });
  }
}
