import { existing, sum } from "../core/objects.js";
import { type Augmentation, augmented, readAugmentation } from "../nn/data/augment.js";
import { batchOf, type ExampleBatch, type Examples } from "../nn/data/dataset.js";
import type { Json } from "../nn/layerTypes.js";
import type { DistributedTraining } from "../nn/training/distributedTraining.js";
import { addTo, emptySums, type Judgement, meanOf } from "../nn/training/judge.js";
import type { Layout } from "./layout.js";
import type { Rounds } from "./rounds.js";

/** Which replica of which round. */
export interface ReplicaOf {
  readonly round: number;
  readonly replica: number;
  /** The learning rate of each step of the round. */
  readonly rates: readonly number[];
}

/** What a replica gives. */
export interface ReplicaResult {
  /**
   * For rounds of one step, the gradients of the trained weights; else how much the steps changed these weights. Then
   * how much the statistics changed. In the order of the job's layout.
   */
  readonly parts: readonly Float32Array[];
  readonly judgement: Judgement;
  readonly examples: number;
}

export interface ReplicaWorkOptions {
  readonly training: DistributedTraining;
  readonly examples: Examples;
  readonly rounds: Rounds;
  readonly layout: Layout;
  readonly augment: Json;
}

/** Computes replicas. What comes out depends on the weights, the round and the replica only. */
export class ReplicaWork {
  readonly #augmentation: Augmentation | undefined;

  constructor(private readonly options: ReplicaWorkOptions) {
    const { training, augment } = options;
    this.#augmentation = readAugmentation("trainDistributed", augment ?? undefined, training.ports.outputs);
  }

  /**
   * Computes a replica. Trained weights and statistics of the model are other ones afterwards.
   *
   * @param vector the values of trained weights and statistics at the beginning of the round, in the order of the layout
   */
  async compute(of: ReplicaOf, vector: Float32Array): Promise<ReplicaResult> {
    const { training, rounds, layout } = this.options;
    const { step } = rounds.round(of.round);
    const weights = layout.split(vector);
    training.writeWeights(weights);
    const slices = rounds.slices(of.round, of.replica);
    const statistics = training.statistics.map(({ name }) => name);
    if (rounds.options.localSteps === 1) {
      const batch = this.#batch(existing(slices[0]), of.round);
      const { judgement, gradients } = await training.gradients(batch, { step, replica: of.replica });
      const moved = await this.#changes(statistics, weights);
      const parts = [...training.trained.map(({ name }) => existing(gradients.get(name))), ...moved];
      return { parts, judgement, examples: batch.size };
    }
    // A small batch leaves some replicas without an example. They leave the step out, but it keeps its number.
    const made = await training.localSteps(this.#batches(slices, of.round), of.rates, { step, replica: of.replica });
    const sums = emptySums();
    for (const { judgement, examples } of made) addTo(sums, judgement, examples);
    const names = [...training.trained.map(({ name }) => name), ...statistics];
    return {
      parts: await this.#changes(names, weights),
      judgement: meanOf(sums),
      examples: sum(made.map(({ examples }) => examples)),
    };
  }

  *#batches(slices: readonly Uint32Array[], round: number): Iterable<ExampleBatch> {
    for (const slice of slices) yield this.#batch(slice, round);
  }

  #batch(slice: Uint32Array, round: number): ExampleBatch {
    const { examples, rounds } = this.options;
    const batch = batchOf(examples, slice);
    const { seed } = rounds.options;
    const { epoch } = rounds.round(round);
    return this.#augmentation ? augmented(batch, this.#augmentation, { seed, epoch, examples: slice }) : batch;
  }

  async #changes(names: readonly string[], from: ReadonlyMap<string, Float32Array>): Promise<readonly Float32Array[]> {
    const present = await this.options.training.readWeights(names);
    return names.map((name) => {
      const old = existing(from.get(name));
      return existing(present.get(name)).map((value, i) => value - existing(old[i]));
    });
  }
}
