import type { Backend } from "webgpu-cnn";
import type { Fit, FitReport, Sequential } from "webgpu-cnn/nn";
import type { DataSet } from "../data/load.js";
import type { Labelled } from "../data/packed.js";
import type { CurvePoint, Plan, Snapshot, TestResult } from "../worker/messages.js";
import { type LayerWeights, makeModel, weightsOf } from "./model.js";
import { type Example, runPass } from "./pass.js";

/** More epochs than anybody waits for: a visitor ends the training. */
const EPOCHS = 10_000;
const TEST_BATCH_SIZE = 250;

/** A network, and how far it has learned. One call at a time. */
export class Training {
  readonly #model: Sequential;
  readonly #weights: readonly LayerWeights[];
  #fit: Fit | undefined;
  #seen = 0;
  #milliseconds = 0;
  #imagesPerSecond = Number.NaN;

  constructor(
    private readonly backend: Backend,
    private readonly plan: Plan,
  ) {
    this.#model = makeModel(backend, plan.architecture, plan.method);
    this.#weights = weightsOf(this.#model, plan.architecture);
  }

  get step(): number {
    return this.#model.stepsDone;
  }

  /** Trains one step. */
  async train(data: DataSet): Promise<CurvePoint> {
    // Of fewer items than a batch has, every step takes all.
    const batch = Math.min(this.plan.method.batch, data.train.labels.length);
    this.#fit ??= this.#model.fit(datasetOf(data.train), { epochs: EPOCHS, batchSize: batch, dropLast: true });
    const start = performance.now();
    const { value } = await this.#fit.next();
    if (!value) throw new Error("the training has come to its end");
    this.#milliseconds += performance.now() - start;
    this.#seen += batch;
    this.#imagesPerSecond = value.imagesPerSecond;
    return pointOf(this.step, value);
  }

  /** Classifies all test items. */
  async test({ test }: DataSet): Promise<TestResult> {
    const { data, shape } = await this.#model.predictAll(datasetOf(test), { batchSize: TEST_BATCH_SIZE });
    const classes = shape[1] ?? 0;
    const count = test.labels.length;
    const predicted = new Uint8Array(count);
    const confidence = new Float32Array(count);
    let [loss, right] = [0, 0];
    for (let n = 0; n < count; n++) {
      const scores = data.subarray(n * classes, (n + 1) * classes);
      const best = scores.indexOf(Math.max(...scores));
      const logSum = logSumOfExponentials(scores);
      const label = test.labels[n] ?? 0;
      predicted[n] = best;
      confidence[n] = Math.exp((scores[best] ?? 0) - logSum);
      loss += (logSum - (scores[label] ?? 0)) / count;
      right += best === label ? 1 : 0;
    }
    const seconds = this.#milliseconds / 1000;
    return { step: this.step, seconds, loss, accuracy: right / count, predicted, confidence, labels: test.labels };
  }

  /** The network as it is now, and what an example makes of it. */
  async snapshot(example: Example | undefined): Promise<Snapshot> {
    return {
      step: this.step,
      seen: this.#seen,
      seconds: this.#milliseconds / 1000,
      imagesPerSecond: this.#imagesPerSecond,
      ...(await this.#look(this.#weights, example)),
    };
  }

  /** The same before the first step: the seed makes the same weights again. */
  async startSnapshot(example: Example): Promise<Snapshot> {
    const { architecture, method } = this.plan;
    const model = makeModel(this.backend, architecture, method);
    try {
      const looked = await this.#look(weightsOf(model, architecture), example);
      return { step: 0, seen: 0, seconds: 0, imagesPerSecond: Number.NaN, ...looked };
    } finally {
      model.dispose();
    }
  }

  async #look(
    layers: readonly LayerWeights[],
    example: Example | undefined,
  ): Promise<Pick<Snapshot, "weights" | "pass">> {
    const [pass, weights] = await Promise.all([
      example && runPass(this.backend, this.plan.architecture, layers, example),
      Promise.all(
        layers.map(async ({ kernel, bias }) => ({
          kernel: { shape: kernel.shape, values: await kernel.read() },
          bias: { shape: bias.shape, values: await bias.read() },
        })),
      ),
    ]);
    return { pass, weights };
  }

  async dispose(): Promise<void> {
    await this.#fit?.return();
    this.#model.dispose();
  }
}

const datasetOf = ({ images, shape, labels }: Labelled) => ({ images, shape, labels });

function pointOf(step: number, { loss, metrics }: FitReport): CurvePoint {
  return { step, loss, accuracy: metrics["accuracy"] ?? Number.NaN };
}

function logSumOfExponentials(scores: Float32Array): number {
  const largest = Math.max(...scores);
  return largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
}
