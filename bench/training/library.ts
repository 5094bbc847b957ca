import { type Backend, softmaxCrossEntropy, type Tensor, valueAndGradients } from "webgpu-cnn";
import type { Batch } from "webgpu-cnn/io";
import type { Optimizer, Sequential } from "webgpu-cnn/nn";
import type { StepPlan } from "../../src/core/backend.js";
import type { Host } from "./host.js";
import type { Trainee } from "./trainee.js";

/** The training step of `fit`: recorded once, then replayed. */
export class RecordedTrainee implements Trainee {
  #step: Awaited<ReturnType<Sequential["recordedStep"]>> | undefined;
  #loss: Tensor | undefined;
  #steps = 0;

  /** @param model compiled; `close` destroys its backend */
  constructor(
    readonly name: string,
    private readonly host: Host,
    private readonly backend: Backend,
    private readonly model: Sequential,
    private readonly batchSize: number,
  ) {}

  /** The plan of a step; undefined before `prepare`. */
  get plan(): StepPlan | undefined {
    return this.#step?.plan;
  }

  async prepare(): Promise<void> {
    const { batchSize, model } = this;
    this.#step = await model.recordedStep("train", [batchSize, ...model.built.inputShape], [batchSize]);
  }

  step({ x, labels }: Batch): void {
    if (!this.#step) throw new Error(`${this.name}: a step before prepare`);
    this.model.startStep(this.#steps++);
    this.#loss = this.#step.run({ x, labels }).loss;
  }

  finish(): Promise<void> {
    return this.host.finish(this.backend);
  }

  loss(): Promise<number> {
    return readLoss(this.name, this.#loss);
  }

  async close(): Promise<void> {
    this.model.dispose();
    await this.backend.settled();
    this.backend.destroy();
  }
}

/** The same step without a recording: each operator is called again. */
export class CalledTrainee implements Trainee {
  readonly #counter: Tensor;
  #loss: Tensor | undefined;

  /** @param model built; `close` destroys its backend */
  constructor(
    readonly name: string,
    private readonly host: Host,
    private readonly backend: Backend,
    private readonly model: Sequential,
    private readonly optimizer: Optimizer,
  ) {
    optimizer.build(backend, model.trainable);
    // Only layers with random numbers read it.
    this.#counter = backend.zeros([]);
  }

  step(batch: Batch): void {
    const { backend, model, optimizer } = this;
    this.#loss?.dispose();
    this.#loss = backend.tidy(() => {
      const x = backend.tensor(batch.x, batch.shape);
      const labels = backend.tensor(batch.labels, [batch.size]);
      const parameters = Object.fromEntries([...model.trainable].map(([name, { value }]) => [name, value]));
      const { value, gradients } = valueAndGradients(
        () => softmaxCrossEntropy(model.call(x, { training: true, step: this.#counter }), labels),
        parameters,
      );
      optimizer.apply(new Map(Object.entries(gradients)));
      return value;
    });
  }

  finish(): Promise<void> {
    return this.host.finish(this.backend);
  }

  loss(): Promise<number> {
    return readLoss(this.name, this.#loss);
  }

  async close(): Promise<void> {
    this.optimizer.dispose();
    this.model.dispose();
    await this.backend.settled();
    this.backend.destroy();
  }
}

async function readLoss(name: string, loss: Tensor | undefined): Promise<number> {
  const [value] = (await loss?.read()) ?? [];
  if (value === undefined) throw new Error(`${name}: a loss before the first step`);
  return value;
}
