import {
  type Backend,
  meanSquaredError,
  reshape,
  softmaxCrossEntropy,
  type Tensor,
  type Variable,
  valueAndGradients,
} from "webgpu-cnn";
import { type Batch, batches, type Dataset } from "webgpu-cnn/io";
import type { Optimizer, Sequential } from "webgpu-cnn/nn";

/** The losses that it computes, by the names of `compile`. */
const LOSSES = {
  meanSquaredError: (output: Tensor, target: Tensor) => meanSquaredError(output, reshape(target, output.shape)),
  softmaxCrossEntropy: (output: Tensor, target: Tensor) =>
    softmaxCrossEntropy(output, reshape(target, [output.shape[0] ?? 0])),
} as const;

export interface PlainOptions {
  readonly backend: Backend;
  /** Makes the model, built on the backend. It need not be compiled. */
  readonly model: (backend: Backend) => Sequential;
  readonly optimizer: () => Optimizer;
  readonly loss: keyof typeof LOSSES;
  readonly data: Dataset;
  readonly replicas: number;
  /** 1 if left out. */
  readonly localSteps?: number;
  /** 1 if left out. */
  readonly epochs?: number;
  readonly batchSize: number;
  /** The seed of the model: for what is random in layers, and for the order of the examples. 0 if left out. */
  readonly seed?: number;
  /** True if left out. */
  readonly shuffle?: boolean;
  /** False if left out. */
  readonly dropLast?: boolean;
}

/** Values by the names of the weights, moving statistics too. */
export type Values = ReadonlyMap<string, Float32Array>;

/** A replica's slice of one of the round's batches. */
interface Slice {
  readonly x: Float32Array;
  readonly shape: readonly number[];
  readonly labels: Float32Array;
  readonly size: number;
  /** The number of the batch over all epochs. */
  readonly step: number;
}

/**
 * Trains by rounds of replicas in one process, by the definition alone: one thing after the other, and nothing shared
 * with the implementation. It uses the public operators, layers and optimizers.
 *
 * @returns the weights after each round
 */
export async function plainRounds(options: PlainOptions): Promise<readonly Values[]> {
  const training = new PlainTraining(options);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

class PlainTraining {
  readonly #model: Sequential;
  /** Of the coordinator. */
  readonly #optimizer: Optimizer;

  constructor(private readonly options: PlainOptions) {
    this.#model = options.model(options.backend);
    this.#optimizer = options.optimizer();
    this.#optimizer.build(options.backend, this.#model.weights);
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.#model.dispose();
  }

  async run(): Promise<readonly Values[]> {
    const { data, batchSize, localSteps = 1, epochs = 1, seed = 0, shuffle = true, dropLast = false } = this.options;
    const after: Values[] = [];
    let step = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const all = [...batches(data, { batchSize, seed, shuffle, epoch, dropLast })];
      for (let first = 0; first < all.length; first += localSteps) {
        const ofRound = all.slice(first, first + localSteps);
        after.push(await this.#round(ofRound, step));
        step += ofRound.length;
      }
    }
    return after;
  }

  async #round(ofRound: readonly Batch[], firstStep: number): Promise<Values> {
    const { replicas, localSteps = 1 } = this.options;
    const before = await valuesOf(this.#model.weights);
    const answers: { readonly examples: number; readonly values: Values }[] = [];
    for (let replica = 0; replica < replicas; replica++) {
      const slices = ofRound
        .map((batch, i) => sliceOf(batch, replica, replicas, firstStep + i))
        .filter(({ size }) => size > 0);
      if (slices.length === 0) continue;
      const examples = slices.reduce((sum, { size }) => sum + size, 0);
      const values = localSteps === 1 ? await this.#gradients(slices, replica) : await this.#steps(slices, replica);
      const after = await valuesOf(this.#model.weights);
      const answer = new Map(values);
      // Statistics always move; weights do if steps were taken.
      for (const [name, old] of before) {
        if (!answer.has(name)) answer.set(name, minus(known(after, name), old));
      }
      answers.push({ examples, values: answer });
      for (const [name, old] of before) known(this.#model.weights, name).write(old);
    }
    const total = answers.reduce((sum, { examples }) => sum + examples, 0);
    const mean = (name: string) =>
      pairwise(answers.map(({ examples, values }) => scaled(known(values, name), examples / total)));
    const gradients = localSteps === 1 ? [...this.#model.trainableWeights.keys()] : [];
    this.#applyGradients(new Map(gradients.map((name) => [name, mean(name)])), firstStep);
    for (const [name, old] of before) {
      if (!gradients.includes(name)) known(this.#model.weights, name).write(plus(old, mean(name)));
    }
    return valuesOf(this.#model.weights);
  }

  /** The gradients of the loss. It moves the statistics. */
  async #gradients(slices: readonly Slice[], replica: number): Promise<Values> {
    const [slice] = slices;
    if (!slice || slices.length > 1) throw new Error(`${slices.length} slices, expected one`);
    const gradients = this.#backward(slice, replica);
    const values = new Map<string, Float32Array>();
    for (const [name, gradient] of gradients) {
      values.set(name, await gradient.read());
      gradient.dispose();
    }
    return values;
  }

  /** Takes steps with an optimizer of its own. */
  async #steps(slices: readonly Slice[], replica: number): Promise<Values> {
    const optimizer = this.options.optimizer();
    optimizer.build(this.options.backend, this.#model.weights);
    try {
      for (const slice of slices) {
        optimizer.setStep(slice.step);
        const gradients = this.#backward(slice, replica);
        optimizer.apply(gradients);
        for (const gradient of gradients.values()) gradient.dispose();
      }
    } finally {
      optimizer.dispose();
    }
    return new Map();
  }

  #backward({ x, shape, labels, size, step }: Slice, replica: number): ReadonlyMap<string, Tensor> {
    const { backend, loss, seed = 0 } = this.options;
    return backend.tidy(() => {
      const images = backend.tensor(x, shape);
      const target = backend.tensor(labels, [size, labels.length / size]);
      const context = { training: true, seed, step: backend.full([], step), replica: backend.full([], replica) };
      const trained = Object.fromEntries([...this.#model.trainableWeights].map(([name, { value }]) => [name, value]));
      const { gradients } = valueAndGradients(() => LOSSES[loss](this.#model.call(images, context), target), trained);
      return new Map(Object.entries(gradients));
    });
  }

  #applyGradients(gradients: Values, step: number): void {
    const { backend } = this.options;
    if (gradients.size === 0) return;
    this.#optimizer.setStep(step);
    backend.tidy(() => {
      const tensors = [...gradients].map(([name, values]) => {
        return [name, backend.tensor(values, known(this.#model.weights, name).shape)] as const;
      });
      this.#optimizer.apply(new Map(tensors));
    });
  }
}

/** The rows ⌊r·B/R⌋ … ⌊(r+1)·B/R⌋ of a batch of B. */
function sliceOf({ x, shape, labels, size }: Batch, replica: number, replicas: number, step: number): Slice {
  const [from, to] = [Math.floor((replica * size) / replicas), Math.floor(((replica + 1) * size) / replicas)];
  const rows = (values: Float32Array) => values.slice((from * values.length) / size, (to * values.length) / size);
  return { x: rows(x), shape: [to - from, ...shape.slice(1)], labels: rows(labels), size: to - from, step };
}

/** The sum by a tree: the left part has the half, rounded up. */
function pairwise(leaves: readonly Float32Array[]): Float32Array {
  const [leaf] = leaves;
  if (!leaf) throw new Error("a sum of nothing");
  if (leaves.length === 1) return leaf;
  const middle = Math.ceil(leaves.length / 2);
  return plus(pairwise(leaves.slice(0, middle)), pairwise(leaves.slice(middle)));
}

const scaled = (a: Float32Array, factor: number) => a.map((value) => factor * value);
const plus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + (b[i] ?? Number.NaN));
const minus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - (b[i] ?? Number.NaN));

function known<Value>(map: ReadonlyMap<string, Value>, name: string): Value {
  const value = map.get(name);
  if (value === undefined) throw new Error(`there is no ${name}`);
  return value;
}

/** Reads the values of weights. */
export async function valuesOf(weights: ReadonlyMap<string, Variable>): Promise<Values> {
  const entries = [...weights].map(async ([name, variable]) => [name, await variable.read()] as const);
  return new Map(await Promise.all(entries));
}
