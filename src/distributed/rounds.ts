import { epochOrder } from "../io/batches.js";

/** What the division of a training into rounds depends on. */
export interface RoundsOptions {
  /** The number of examples. */
  readonly examples: number;
  /** The number of examples of a global step. */
  readonly batchSize: number;
  /** The number of replicas that a batch is cut into. */
  readonly replicas: number;
  /** The number of global steps of a round. */
  readonly localSteps: number;
  /** The number of passes over the examples. */
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Whether a last batch that is smaller than the others is left out. */
  readonly dropLast: boolean;
  /** The epochs and steps that the model had done before. */
  readonly firstEpoch: number;
  readonly firstStep: number;
}

/** One round. */
export interface Round {
  /** The number of the epoch, from 0, over all trainings of the model. It decides the order of the examples. */
  readonly epoch: number;
  /** The number of its first global step, from 0, over all trainings of the model. */
  readonly step: number;
  /** The number of global steps. The last round of an epoch may have fewer. */
  readonly steps: number;
  /** Whether it is the last one of its epoch. */
  readonly endsEpoch: boolean;
}

/**
 * Divides a training into rounds, and the batches of a round into replicas. Coordinator and workers compute the same
 * from the job's description, so that no message holds examples.
 *
 * An epoch has the batches of `fit`, in the same order. A round takes the next `localSteps` batches of its epoch. Of
 * each batch of B examples, replica r of R has those from ⌊r · B / R⌋ up to ⌊(r + 1) · B / R⌋.
 */
export class Rounds {
  /** The number of all rounds. */
  readonly count: number;
  readonly #perEpoch: number;
  readonly #batches: number;
  /** The order of one epoch. All replicas of a round use it. */
  #order: { readonly epoch: number; readonly examples: Uint32Array } | undefined;

  constructor(readonly options: RoundsOptions) {
    const { examples, batchSize, dropLast, localSteps, epochs } = options;
    this.#batches = dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);
    this.#perEpoch = Math.ceil(this.#batches / localSteps);
    this.count = epochs * this.#perEpoch;
  }

  /** @param number from 0 up to `count` */
  round(number: number): Round {
    const { localSteps, firstEpoch, firstStep } = this.options;
    const epoch = Math.floor(number / this.#perEpoch);
    const first = (number % this.#perEpoch) * localSteps;
    return {
      epoch: firstEpoch + epoch,
      step: firstStep + epoch * this.#batches + first,
      steps: Math.min(localSteps, this.#batches - first),
      endsEpoch: first + localSteps >= this.#batches,
    };
  }

  /** The numbers of the examples of a replica, for each step of the round. A small batch may leave a replica none. */
  slices(number: number, replica: number): readonly Uint32Array[] {
    const { examples, batchSize, replicas } = this.options;
    const { epoch, steps } = this.round(number);
    const first = (number % this.#perEpoch) * this.options.localSteps;
    const order = this.#orderOf(epoch);
    return Array.from({ length: steps }, (_, i) => {
      const start = (first + i) * batchSize;
      const size = Math.min(batchSize, examples - start);
      const bound = (r: number) => start + Math.floor((r * size) / replicas);
      return order.subarray(bound(replica), bound(replica + 1));
    });
  }

  /** The number of examples of each replica in a round. */
  sizes(number: number): readonly number[] {
    return Array.from({ length: this.options.replicas }, (_, replica) => {
      return this.slices(number, replica).reduce((size, slice) => size + slice.length, 0);
    });
  }

  #orderOf(epoch: number): Uint32Array {
    const { examples, shuffle, seed } = this.options;
    if (this.#order?.epoch !== epoch) this.#order = { epoch, examples: epochOrder(examples, epoch, shuffle, seed) };
    return this.#order.examples;
  }
}
