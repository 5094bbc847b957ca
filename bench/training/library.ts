import { type Backend, type RecordedStep, softmaxCrossEntropy, type Tensor, valueAndGradients } from "webgpu-cnn";
import type { Batch } from "webgpu-cnn/io";
import type { CallContext, Optimizer, Sequential } from "webgpu-cnn/nn";
import type { StepPlan } from "../../src/core/inspection.js";
import type { Shape } from "../../src/core/shape.js";
import type { Host } from "./host.js";
import type { Trainee } from "./trainee.js";

/** The tensors of a batch. */
type Examples = { readonly x: Tensor; readonly labels: Tensor };

/** A network and its optimizer. */
class Training {
  readonly #context: CallContext;

  /** @param model built */
  constructor(
    readonly backend: Backend,
    readonly model: Sequential,
    private readonly optimizer: Optimizer,
  ) {
    optimizer.build(backend, model.trainableWeights);
    // Only layers with random numbers read the scalars.
    const [step, replica] = [backend.zeros([]), backend.zeros([])];
    this.#context = { training: true, frozen: false, seed: 1, step, replica };
  }

  /** One step, as `fit` takes it: forward, loss, backward, optimizer. @returns the loss */
  step({ x, labels }: Examples): Tensor {
    const weights = Object.fromEntries([...this.model.trainableWeights].map(([name, { value }]) => [name, value]));
    const { value, gradients } = valueAndGradients(
      () => softmaxCrossEntropy(this.model.call(x, this.#context), labels),
      weights,
    );
    this.optimizer.apply(new Map(Object.entries(gradients)));
    return value;
  }

  /** Frees everything, and destroys the backend. */
  async close(): Promise<void> {
    this.optimizer.dispose();
    this.model.dispose();
    await this.backend.settled();
    this.backend.destroy();
  }
}

/** Recorded once, then replayed, as `fit` does. */
export class RecordedTrainee implements Trainee {
  readonly #training: Training;
  #step: RecordedStep<Examples, { readonly loss: Tensor }> | undefined;
  #loss: Tensor | undefined;

  /** @param model built; `close` destroys its backend */
  constructor(
    readonly name: string,
    private readonly host: Host,
    private readonly backend: Backend,
    model: Sequential,
    optimizer: Optimizer,
    private readonly shape: Shape,
  ) {
    this.#training = new Training(backend, model, optimizer);
  }

  /** The plan of a step; undefined before `prepare`. */
  get plan(): StepPlan | undefined {
    return this.#step?.plan;
  }

  async prepare(): Promise<void> {
    const { backend, shape } = this;
    const work = (examples: Examples) => ({ loss: this.#training.step(examples) });
    const examples = { x: backend.zeros(shape), labels: backend.zeros(shape.slice(0, 1)) };
    await backend.warmUp(() => work(examples));
    this.#step = backend.record(work, examples);
    for (const example of Object.values(examples)) example.dispose();
  }

  step({ x, labels }: Batch): void {
    if (!this.#step) throw new Error(`${this.name}: a step before prepare`);
    this.#loss = this.#step.run({ x, labels }).loss;
  }

  finish(): Promise<void> {
    return this.host.finish(this.backend);
  }

  loss(): Promise<number> {
    return readLoss(this.name, this.#loss);
  }

  close(): Promise<void> {
    this.#step?.dispose();
    return this.#training.close();
  }
}

/** The same step without a recording: each operator is called again. */
export class CalledTrainee implements Trainee {
  readonly #training: Training;
  #loss: Tensor | undefined;

  /** @param model built; `close` destroys its backend */
  constructor(
    readonly name: string,
    private readonly host: Host,
    private readonly backend: Backend,
    model: Sequential,
    optimizer: Optimizer,
  ) {
    this.#training = new Training(backend, model, optimizer);
  }

  step(batch: Batch): void {
    const { backend } = this;
    this.#loss?.dispose();
    this.#loss = backend.tidy(() => {
      const [x, labels] = [backend.tensor(batch.x, batch.shape), backend.tensor(batch.labels, [batch.size])];
      return this.#training.step({ x, labels });
    });
  }

  finish(): Promise<void> {
    return this.host.finish(this.backend);
  }

  loss(): Promise<number> {
    return readLoss(this.name, this.#loss);
  }

  close(): Promise<void> {
    return this.#training.close();
  }
}

async function readLoss(name: string, loss: Tensor | undefined): Promise<number> {
  const [value] = (await loss?.read()) ?? [];
  if (value === undefined) throw new Error(`${name}: a loss before the first step`);
  return value;
}
