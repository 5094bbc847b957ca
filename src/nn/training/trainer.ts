import { valueAndGradients } from "../../autograd/valueAndGradients.js";
import type { Backend, RecordedStep, TensorRecord, Variable } from "../../core/backend.js";
import { OptionError } from "../../core/errors.js";
import { existing, mapValues } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import type { Compiled } from "../compile.js";
import type { BatchValues, ExampleBatch, Ports } from "../data/dataset.js";
import type { CallContext, Layer } from "../layer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { isTrained, type NamedWeight, variablesOf } from "../weights.js";
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
}

type StepKind = "train" | "evaluate";

/** Recorded, for batches of one shape. */
interface StepOfShape {
  readonly step: RecordedStep<TensorRecord, TensorRecord>;
  readonly outputShapes: readonly Shape[];
}

/** Runs steps of training and of evaluation, and keeps what they need: the optimizer, the count of steps, recordings. */
export class Trainer {
  /** The number of training steps so far, on the device. */
  readonly step: Variable;
  readonly #steps = new Map<string, StepOfShape>();
  /** What was frozen when the steps were recorded, and the weights that they train. */
  #frozen = "";
  #trained: readonly string[] = [];

  constructor(
    readonly model: Trainable,
    readonly compiled: Compiled,
  ) {
    const { backend, weights } = model;
    compiled.optimizer?.buildFor(model.layer, backend, variablesOf(weights));
    this.step = backend.variable([0], []);
    this.refresh();
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

  /** Takes note of what was frozen since. Steps are recorded again if that changed. */
  refresh(): void {
    const frozen = [...this.model.weights.values()]
      .map(
        (weight) =>
          `${isTrained(weight) ? 1 : 0}${weight.owners.map((owners) => owners.map(({ trainable }) => (trainable ? 1 : 0)).join(""))}`,
      )
      .join();
    if (frozen !== this.#frozen) this.forgetSteps();
    this.#frozen = frozen;
    this.#trained = this.trained;
    this.compiled.optimizer?.startWeights(this.#trained);
  }

  /** Queues a step. It lets other events in if operators block the thread. */
  async run(kind: StepKind, batch: ExampleBatch): Promise<RunningStep> {
    const { step, outputShapes } = await this.#recorded(kind, batch);
    const outputs = await step.runInTurns(mapValues(valuesIn(batch), ({ data }) => data));
    const { outputs: judged } = this.compiled;
    const targets = judged.map(({ output }) => existing(batch.targets.get(output)).data);
    const read = Object.entries(outputs).map(async ([name, tensor]) => [name, await tensor.read()] as const);
    const judgement = Promise.all(read).then((entries): Judgement => {
      const values = new Map(entries);
      return {
        loss: values.get("loss")?.[0] ?? Number.NaN,
        metrics: metricsOf(judged, values, targets, outputShapes),
      };
    });
    // Whoever waits for it learns of the failure. If nobody does, it must not end the process.
    judgement.catch(() => {});
    return { examples: batch.size, judgement };
  }

  forgetSteps(): void {
    for (const { step } of this.#steps.values()) step.dispose();
    this.#steps.clear();
  }

  /** Frees everything that it made, and the optimizer's state. */
  dispose(): void {
    this.forgetSteps();
    this.step.dispose();
    this.compiled.optimizer?.dispose();
  }

  async #recorded(kind: StepKind, batch: ExampleBatch): Promise<StepOfShape> {
    const shapes = mapValues(valuesIn(batch), ({ shape }) => shape);
    const key = `${kind} ${JSON.stringify(shapes)}`;
    const known = this.#steps.get(key);
    if (known) return known;
    const { backend } = this.model;
    let outputShapes: readonly Shape[] = [];
    const work = (inputs: TensorRecord): TensorRecord => {
      const made = kind === "train" ? this.#train(inputs) : this.#evaluate(inputs);
      outputShapes = made.shapes;
      return made.results;
    };
    const examples = mapValues(shapes, (shape) => backend.zeros(shape));
    try {
      // Compiled before, without blocking: recording would compile each kernel at its first use.
      await backend.warmUp(() => work(examples));
      const step = backend.record(work, examples);
      const recorded = { step, outputShapes };
      this.#steps.set(key, recorded);
      return recorded;
    } finally {
      for (const example of Object.values(examples)) example.dispose();
    }
  }

  #train(inputs: TensorRecord) {
    const { backend, weights } = this.model;
    const { optimizer } = this;
    const trained = Object.fromEntries(this.#trained.map((name) => [name, existing(weights.get(name)).variable.value]));
    let shapes: readonly Shape[] = [];
    const { value, gradients } = valueAndGradients(() => {
      const outputs = this.#outputs(inputs, true);
      shapes = outputs.map(({ shape }) => shape);
      return [this.#loss(inputs, outputs), this.#metrics(inputs, outputs)] as const;
    }, trained);
    optimizer.applyTo(new Map(Object.entries(gradients)));
    this.step.assign(add(this.step.value, backend.full([], 1)));
    return { results: { loss: value[0], ...value[1] }, shapes };
  }

  #evaluate(inputs: TensorRecord) {
    const outputs = this.#outputs(inputs, false);
    return {
      results: { loss: this.#loss(inputs, outputs), ...this.#metrics(inputs, outputs) },
      shapes: outputs.map(({ shape }) => shape),
    };
  }

  #outputs(inputs: TensorRecord, training: boolean): readonly Tensor[] {
    const { backend, seed, ports, layer } = this.model;
    const context: CallContext = {
      ...{ training, seed, frozen: !layer.trainable },
      ...{ step: this.step.value, replica: backend.zeros([]) },
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

/** The values of a batch by the names of a recorded step's inputs. */
function valuesIn({ size, inputs, targets, weights }: ExampleBatch): Record<string, BatchValues> {
  return Object.fromEntries([
    ...[...inputs].map(([name, values]) => [`input ${name}`, values] as const),
    ...[...targets].map(([name, values]) => [`target ${name}`, values] as const),
    ...(weights ? [["weights", { shape: [size], data: weights }] as const] : []),
  ]);
}
