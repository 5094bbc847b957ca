import { valueAndGradients } from "../autograd/valueAndGradients.js";
import type { Backend, RecordedStep, Variable } from "../core/backend.js";
import { makeDisposable } from "../core/disposable.js";
import { OptionError, ShapeError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { checkShape, type Shape } from "../core/shape.js";
import { checkTensor, type Tensor } from "../core/tensor.js";
import type { Dataset } from "../io/batches.js";
import { add } from "../ops/elementwise/add.js";
import { type Checkpoint, type LoadedCheckpoint, readState, restoreState } from "./checkpoint.js";
import { BuildScope, type BuiltLayer, type CallContext, Layer, type Weight } from "./layer.js";
import { callAll, checkLayers } from "./layers/shaping.js";
import { LOSSES, type Loss, lossOf } from "./losses.js";
import type { Optimizer } from "./optimizers.js";
import { Summary } from "./summary.js";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateModel,
  type FitOptions,
  type FitProgress,
  fitModel,
} from "./training.js";

export interface BuildOptions {
  /** Of one example, without the batch, such as [28, 28, 1]. */
  readonly inputShape: Shape;
  /**
   * Of the initial weights and of dropout: an integer from 0 to 2⁵³ − 1; 0 if left out. The same seed gives the same
   * weights everywhere.
   */
  readonly seed?: number | undefined;
}

export interface CompileOptions {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
}

/** A step of training as it is recorded: a batch in, its loss and the model's output for it out. */
export type TrainingStep = RecordedStep<StepInputs, StepOutputs>;
export interface StepInputs extends Readonly<Record<string, Tensor>> {
  readonly x: Tensor;
  readonly labels: Tensor;
}
export interface StepOutputs extends Readonly<Record<string, Tensor>> {
  readonly loss: Tensor;
  readonly output: Tensor;
}

/** What a model has once it is built. */
interface Built {
  readonly backend: Backend;
  readonly inputShape: Shape;
  readonly seed: number;
  readonly layers: readonly BuiltLayer[];
  readonly weights: ReadonlyMap<string, Weight>;
  /** Counts the steps of training, on the device. */
  readonly step: Variable;
}

/**
 * A network of layers one after the other (Keras's Sequential): build it for a backend and an input, compile it with an
 * optimizer and a loss, fit it.
 *
 * @example
 * const model = new Sequential([new Flatten(), new Dense({ units: 10 })]).build(backend, { inputShape: [28, 28, 1] });
 * model.compile({ optimizer: new Adam(), loss: "softmaxCrossEntropy" });
 * for await (const { loss, accuracy } of model.fit(train, { epochs: 2 })) console.log(loss, accuracy);
 */
export class Sequential extends Layer {
  readonly kind = "sequential";
  declare readonly [Symbol.dispose]: () => void;
  readonly #layers: readonly Layer[];
  #built: Built | undefined;
  #compiled: CompileOptions | undefined;
  /** By batch size and kind. */
  readonly #steps = new Map<string, TrainingStep>();
  /** Steps of the current run of `fit`, and of the one that a checkpoint goes on with. */
  #stepsDone = 0;
  #resumeAt = 0;

  static {
    makeDisposable(Sequential, (model) => model.dispose());
  }

  constructor(layers: readonly Layer[]) {
    super();
    this.#layers = checkLayers("Sequential", "layers", layers);
  }

  /**
   * Makes the weights; every size is inferred from the input's.
   *
   * @throws ShapeError where a layer cannot take what the one before it makes; OptionError
   */
  build(backend: Backend, options: BuildOptions): this;
  /** Makes the weights as a layer of another model. That model calls it. */
  build(scope: BuildScope, inputShape: Shape): Shape;
  build(where: Backend | BuildScope, options: BuildOptions | Shape): this | Shape {
    if (where instanceof BuildScope) {
      if (!isShape(options)) throw new OptionError("sequential: built as a layer, it takes its input's shape");
      const { built, outputShape } = where.buildAll(this.#layers, options);
      this.flops = built.reduce((sum, { flops }) => sum + flops, 0);
      return outputShape;
    }
    if (this.#built) throw new OptionError("build: the model is built already; make another for another input");
    const reader = new OptionReader("build", options, ["inputShape", "seed"]);
    const seed = reader.integer("seed", 0, 0);
    const given: unknown = "inputShape" in options ? options.inputShape : undefined;
    const inputShape = checkShape("build", "inputShape", given);
    const weights = new Map<string, Weight>();
    const { built } = new BuildScope(where, seed, "", weights).buildAll(this.#layers, inputShape);
    this.flops = built.reduce((sum, { flops }) => sum + flops, 0);
    this.#built = { backend: where, inputShape, seed, layers: built, weights, step: where.variable([0], []) };
    return this;
  }

  /** Chooses how it is trained. Compiled again, the optimizer starts anew. */
  compile(options: CompileOptions): this {
    const { backend } = this.built;
    new OptionReader("compile", options, ["optimizer", "loss"]);
    const { optimizer, loss } = options;
    if (typeof loss !== "function" && !Object.hasOwn(LOSSES, loss)) {
      throw new OptionError(
        `compile: loss is ${show(loss)}, expected ${Object.keys(LOSSES).map(show).join(", ")} or a function`,
      );
    }
    this.#forgetSteps();
    optimizer.build(backend, this.trainable);
    this.#compiled = { optimizer, loss };
    return this;
  }

  /** The weights by name, such as "conv2d.kernel": those that are trained. */
  get trainable(): ReadonlyMap<string, Variable> {
    const trainable = [...this.built.weights].filter(([, weight]) => weight.trainable);
    return new Map(trainable.map(([name, { variable }]) => [name, variable]));
  }

  /** All weights by name, the moving statistics of batch normalization too. */
  get weights(): ReadonlyMap<string, Variable> {
    return new Map([...this.built.weights].map(([name, { variable }]) => [name, variable]));
  }

  /** Shapes, parameters, operations and bytes, layer by layer; as a string, a table. */
  summary(): Summary {
    return new Summary(this.built.layers, this.built.inputShape);
  }

  /**
   * The model's output, as it is outside of training.
   *
   * @param x [N, …inputShape]
   */
  predict(x: Tensor): Tensor {
    const { backend, inputShape, step } = this.built;
    checkTensor("predict", "x", x);
    if (x.shape.slice(1).join() !== inputShape.join() || x.shape.length !== inputShape.length + 1) {
      throw new ShapeError(`predict: x is [${x.shape.join(", ")}], expected [N, ${inputShape.join(", ")}]`);
    }
    return backend.tidy(() => this.call(x, { training: false, step: step.value }));
  }

  call(x: Tensor, context: CallContext): Tensor {
    return callAll(this.#layers, x, context);
  }

  /**
   * Trains, and tells after each step how it goes: nothing runs on while nobody asks for the next, so a pause is to
   * wait, and to stop is to leave the loop. After `restore` it goes on where the checkpoint was taken.
   *
   * @throws what `options.signal` gives as its reason, when it aborts; ShapeError where the dataset does not fit the
   * model
   */
  fit(dataset: Dataset, options: FitOptions = {}): AsyncGenerator<FitProgress, void, void> {
    const firstStep = this.#resumeAt;
    this.#resumeAt = 0;
    return fitModel(this, dataset, options, firstStep);
  }

  /** Loss and, for classes, accuracy over a whole dataset. */
  evaluate(dataset: Dataset, options: EvaluateOptions = {}): Promise<Evaluation> {
    return evaluateModel(this, dataset, options);
  }

  /**
   * All that training has come to: weights, the optimizer's state, steps and seed, for `saveCheckpoint` or
   * `encodeSafetensors` of webgpu-cnn/io.
   */
  async checkpoint(): Promise<Checkpoint> {
    return readState(this.#state(), {
      step: String(this.#stepsDone),
      seed: String(this.built.seed),
      optimizer: JSON.stringify(this.#compiled?.optimizer.config ?? {}),
    });
  }

  /**
   * Takes over a checkpoint of the same model, compiled with the same optimizer: a `fit` with the same options then
   * gives the bits that it would have given without the stop.
   *
   * @throws ShapeError, OptionError where the checkpoint is another model's: then nothing is changed
   */
  restore(checkpoint: LoadedCheckpoint): void {
    this.#resumeAt = restoreState(this.#state(), checkpoint);
    this.#stepsDone = this.#resumeAt;
  }

  /** Gives back all memory. */
  dispose(): void {
    this.#forgetSteps();
    for (const variable of this.#state().values()) variable.dispose();
    this.#compiled?.optimizer.dispose();
  }

  /** @internal @throws OptionError before `build` */
  get built(): Built {
    if (!this.#built) throw new OptionError("Sequential: build the model first: model.build(backend, { inputShape })");
    return this.#built;
  }

  /** @internal @throws OptionError before `compile` */
  get compiled(): CompileOptions {
    if (!this.#compiled) {
      throw new OptionError("Sequential: compile the model first: model.compile({ optimizer, loss })");
    }
    return this.#compiled;
  }

  /** @internal Told before each step. */
  startStep(step: number): void {
    this.compiled.optimizer.setStep(step);
    this.#stepsDone = step + 1;
  }

  /** @internal The step for batches of this shape, recorded when it is first asked for. */
  async recordedStep(kind: "train" | "evaluate", xShape: Shape, labelsShape: Shape): Promise<TrainingStep> {
    const key = `${kind} ${xShape.join()} ${labelsShape.join()}`;
    const known = this.#steps.get(key);
    if (known) return known;
    const { backend } = this.built;
    const work = kind === "train" ? this.#train : this.#evaluate;
    const examples = { x: backend.zeros(xShape), labels: backend.zeros(labelsShape) };
    try {
      // Compiled beforehand without blocking: recording would compile each kernel where it stands.
      await backend.warmUp(() => work(examples));
      const step = backend.record<StepInputs, StepOutputs>(work, examples);
      this.#steps.set(key, step);
      return step;
    } finally {
      examples.x.dispose();
      examples.labels.dispose();
    }
  }

  readonly #train = ({ x, labels }: StepInputs): StepOutputs => {
    const { backend, step } = this.built;
    const { optimizer, loss } = this.compiled;
    const parameters = Object.fromEntries([...this.trainable].map(([name, { value }]) => [name, value]));
    const { value, gradients } = valueAndGradients(() => {
      const output = this.call(x, { training: true, step: step.value });
      return [lossOf(loss)(output, labels), output] as const;
    }, parameters);
    optimizer.apply(new Map(Object.entries(gradients)));
    step.assign(add(step.value, backend.full([], 1)));
    return { loss: value[0], output: value[1] };
  };

  readonly #evaluate = ({ x, labels }: StepInputs): StepOutputs => {
    const output = this.call(x, { training: false, step: this.built.step.value });
    return { loss: lossOf(this.compiled.loss)(output, labels), output };
  };

  /** Everything that a checkpoint holds, by name. */
  #state(): ReadonlyMap<string, Variable> {
    const optimizer = this.#compiled?.optimizer.state ?? new Map<string, Variable>();
    return new Map([...this.weights, ...optimizer, ["step", this.built.step]]);
  }

  #forgetSteps(): void {
    for (const step of this.#steps.values()) step.dispose();
    this.#steps.clear();
  }
}

function isShape(value: BuildOptions | Shape): value is Shape {
  return Array.isArray(value);
}
