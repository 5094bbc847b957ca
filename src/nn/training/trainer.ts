import { valueAndGradients } from "../../autograd/valueAndGradients.js";
import type { Backend, RecordedStep, Variable } from "../../core/backend.js";
import { DisposedError, OptionError } from "../../core/errors.js";
import { existing, mapValues } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor, TensorRecord } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import type { Compiled } from "../compile.js";
import type { BatchValues, ExampleBatch, Ports } from "../data/dataset.js";
import type { CallContext, Layer } from "../layer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { allLayers, isStatistic, isTrained, type NamedWeight, variablesOf } from "../weights.js";
import { type Judgement, lossOf, metricsOf, metricTensors } from "./judge.js";

/** What training needs of a model. */
export interface Trainable {
  readonly backend: Backend;
  readonly seed: number;
  readonly ports: Ports;
  readonly layer: Layer;
  readonly weights: ReadonlyMap<string, NamedWeight>;
}

/** A step that was queued. */
export interface RunningStep {
  readonly examples: number;
  /** Rejects if the device fails. The rejection is nobody's until somebody waits for it. */
  readonly judgement: Promise<Judgement>;
  /** The gradients of the weights that are trained, by name, for a step of the kind "gradients". Otherwise empty. */
  readonly gradients: Promise<ReadonlyMap<string, Float32Array>>;
}

/**
 * - "train": moves the statistics, and changes the weights by the optimizer.
 * - "gradients": moves the statistics, and gives the gradients. It needs no optimizer.
 * - "evaluate": changes nothing.
 */
type StepKind = "train" | "gradients" | "evaluate";
const KINDS: readonly StepKind[] = ["train", "gradients", "evaluate"];
const OPERATORS = { train: "fit", gradients: "workDistributed", evaluate: "evaluate" } as const;
/** What the names of a recorded step's outputs begin with that are gradients. */
const GRADIENT = "gradient ";

/** Recorded, for batches of one shape. */
interface StepOfShape {
  readonly kind: StepKind;
  readonly step: RecordedStep<TensorRecord, TensorRecord>;
  readonly outputShapes: readonly Shape[];
  /**
   * Set while it runs, until its outputs are about to be read. The next run would dispose of them. It never rejects.
   */
  running?: Promise<unknown> | undefined;
}

/**
 * Runs steps of training and of evaluation, and keeps what they need: the optimizer, the count of steps, recordings.
 */
export class Trainer {
  /** The number of training steps so far, on the device. */
  readonly step: Variable;
  /** The number of the replica that is computed: 0, unless a batch is cut into replicas. */
  readonly replica: Variable;
  readonly #steps = new Map<string, StepOfShape>();
  /** The layers that were frozen when the last fit began, and the weights that it trains. */
  #frozen: ReadonlySet<Layer> = new Set();
  #trained: readonly string[] = [];
  #disposed = false;

  constructor(
    readonly model: Trainable,
    readonly compiled: Compiled,
  ) {
    const { backend, weights } = model;
    this.step = backend.variable([0], []);
    this.replica = backend.variable([0], []);
    try {
      compiled.optimizer?.buildFor(model.layer, backend, variablesOf(weights));
    } catch (error) {
      this.step.dispose();
      this.replica.dispose();
      throw error;
    }
    try {
      this.refresh();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** @throws OptionError if the model was compiled without one */
  get optimizer(): Optimizer {
    const { optimizer } = this.compiled;
    if (optimizer) return optimizer;
    throw new OptionError('fit: the model was compiled without an optimizer; compile({ optimizer: "adam", loss: … })');
  }

  /** The names of the weights that training changes now. */
  get trained(): readonly string[] {
    return [...this.model.weights].filter(([, weight]) => isTrained(weight)).map(([name]) => name);
  }

  /** The names of the statistics that training moves now. */
  get statistics(): readonly string[] {
    return [...this.model.weights].filter(([, weight]) => isStatistic(weight)).map(([name]) => name);
  }

  /**
   * Takes note of what is frozen now. Until the next call it counts, whatever becomes of the layers' `trainable`.
   * Steps of training are recorded again if it changed.
   */
  refresh(): void {
    const frozen = new Set([...allLayers(this.model.layer)].filter(({ trainable }) => !trainable));
    const isSame = frozen.size === this.#frozen.size && [...frozen].every((layer) => this.#frozen.has(layer));
    if (!isSame) for (const kind of ["train", "gradients"] as const) this.#forgetSteps(kind);
    this.#frozen = frozen;
    this.#trained = this.trained;
    this.compiled.optimizer?.startWeights(this.#trained);
  }

  /** @throws DisposedError if the model was disposed of, or compiled again */
  checkAlive(operator: string): void {
    if (!this.#disposed) return;
    throw new DisposedError(`${operator}: the model was disposed of, or compiled again, before this was done`);
  }

  /**
   * Queues a step. It lets other events in if operators block the thread.
   *
   * @param began called when the step takes effect for everybody who looks at the variables. What it returns takes that
   * back, and is called if the step fails
   */
  async run(
    kind: StepKind,
    batch: ExampleBatch,
    began: (step: RunningStep) => () => void = () => () => {},
  ): Promise<RunningStep> {
    const shapes = mapValues(valuesIn(batch), ({ shape }) => shape);
    const key = `${kind} ${JSON.stringify(shapes)}`;
    let recorded = this.#steps.get(key);
    this.checkAlive(OPERATORS[kind]);
    while (!recorded || recorded.running) {
      await (recorded ? recorded.running : this.#record(kind, key, shapes));
      this.checkAlive(OPERATORS[kind]);
      recorded = this.#steps.get(key);
    }
    const { step: recordedStep, outputShapes } = recorded;
    const { outputs: judged } = this.compiled;
    const targets = judged.map(({ output }) => existing(batch.targets.get(output)).data);
    const run = recordedStep.runInTurns(mapValues(valuesIn(batch), ({ data }) => data)).then((outputs) => {
      this.checkAlive(OPERATORS[kind]);
      return Object.entries(outputs).map(async ([name, tensor]) => [name, await tensor.read()] as const);
    });
    const present = recorded;
    const end = () => {
      present.running = undefined;
    };
    present.running = run.then(end, end);
    const values = run.then(async (reads) => new Map(await Promise.all(reads)));
    const judgement = values.then((values): Judgement => {
      const loss = values.get("loss")?.[0] ?? Number.NaN;
      return { loss, metrics: metricsOf(judged, values, targets, outputShapes) };
    });
    const gradients = values.then(gradientsIn);
    // Whoever waits for them learns of the failure. If nobody does, it must not end the process.
    for (const result of [judgement, gradients]) result.catch(() => {});
    const step = { examples: batch.size, judgement, gradients };
    const takeBack = began(step);
    try {
      await run;
    } catch (error) {
      takeBack();
      throw error;
    }
    return step;
  }

  /** Sets what random numbers of the next step depend on, besides the seed: its number, and that of the replica. */
  place(step: number, replica: number): void {
    this.step.write([step]);
    this.replica.write([replica]);
  }

  /** Frees everything that it made, and the optimizer's state. */
  dispose(): void {
    this.#disposed = true;
    for (const kind of KINDS) this.#forgetSteps(kind);
    this.step.dispose();
    this.replica.dispose();
    this.compiled.optimizer?.dispose();
  }

  #forgetSteps(of: StepKind): void {
    for (const [key, { kind, step }] of this.#steps) {
      if (kind !== of) continue;
      step.dispose();
      this.#steps.delete(key);
    }
  }

  /** Records the step for batches of these shapes, unless somebody else has meanwhile. */
  async #record(kind: StepKind, key: string, shapes: Readonly<Record<string, Shape>>): Promise<void> {
    const { backend } = this.model;
    let outputShapes: readonly Shape[] = [];
    const work = (inputs: TensorRecord): TensorRecord => {
      const made = kind === "evaluate" ? this.#evaluate(inputs) : this.#differentiate(kind, inputs);
      outputShapes = made.shapes;
      return made.results;
    };
    const examples: Record<string, Tensor> = {};
    try {
      for (const [name, shape] of Object.entries(shapes)) examples[name] = backend.zeros(shape);
      // Compiled before, without blocking: recording would compile each kernel at its first use.
      await backend.warmUp(() => work(examples));
      this.checkAlive(OPERATORS[kind]);
      if (!this.#steps.has(key)) this.#steps.set(key, { kind, step: backend.record(work, examples), outputShapes });
    } finally {
      for (const example of Object.values(examples)) example.dispose();
    }
  }

  #differentiate(kind: "train" | "gradients", inputs: TensorRecord) {
    const { backend, weights } = this.model;
    const optimizer = kind === "train" ? this.optimizer : undefined;
    const trained = Object.fromEntries(this.#trained.map((name) => [name, existing(weights.get(name)).variable.value]));
    let shapes: readonly Shape[] = [];
    const { value, gradients } = valueAndGradients(() => {
      const outputs = this.#outputs(inputs, true);
      shapes = outputs.map(({ shape }) => shape);
      return [this.#loss(inputs, outputs), this.#metrics(inputs, outputs)] as const;
    }, trained);
    const results = { loss: value[0], ...value[1] };
    if (!optimizer) {
      const named = Object.entries(gradients).map(([name, gradient]) => [`${GRADIENT}${name}`, gradient] as const);
      return { results: { ...results, ...Object.fromEntries(named) }, shapes };
    }
    optimizer.applyTo(new Map(Object.entries(gradients)));
    this.step.assign(add(this.step.value, backend.full([], 1)));
    return { results, shapes };
  }

  #evaluate(inputs: TensorRecord) {
    const outputs = this.#outputs(inputs, false);
    return {
      results: { loss: this.#loss(inputs, outputs), ...this.#metrics(inputs, outputs) },
      shapes: outputs.map(({ shape }) => shape),
    };
  }

  #outputs(inputs: TensorRecord, training: boolean): readonly Tensor[] {
    const { seed, ports, layer } = this.model;
    const context: CallContext = {
      ...{ training, folding: !training, seed, frozen: this.#frozen.has(layer), frozenLayers: this.#frozen },
      ...{ step: this.step.value, replica: this.replica.value },
    };
    return layer.callAll(
      [...ports.inputs.keys()].map((name) => existing(inputs[`input ${name}`])),
      context,
    );
  }

  #loss(inputs: TensorRecord, outputs: readonly Tensor[]): Tensor {
    return lossOf(this.compiled.outputs, outputs, this.#targets(inputs), inputs["weights"]);
  }

  #metrics(inputs: TensorRecord, outputs: readonly Tensor[]): TensorRecord {
    return metricTensors(this.compiled.outputs, outputs, this.#targets(inputs));
  }

  #targets(inputs: TensorRecord): readonly Tensor[] {
    return this.compiled.outputs.map(({ output }) => existing(inputs[`target ${output}`]));
  }
}

/** The gradients among the outputs of a recorded step. */
function gradientsIn(outputs: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  const named = [...outputs].filter(([name]) => name.startsWith(GRADIENT));
  return new Map(named.map(([name, values]) => [name.slice(GRADIENT.length), values]));
}

/** The values of a batch by the names of a recorded step's inputs. */
function valuesIn({ size, inputs, targets, weights }: ExampleBatch): Record<string, BatchValues> {
  return Object.fromEntries([
    ...[...inputs].map(([name, values]) => [`input ${name}`, values] as const),
    ...[...targets].map(([name, values]) => [`target ${name}`, values] as const),
    ...(weights ? [["weights", { shape: [size], data: weights }] as const] : []),
  ]);
}
