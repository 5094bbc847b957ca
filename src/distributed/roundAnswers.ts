import { JobError } from "../core/errors.js";
import { existing, sum } from "../core/objects.js";
import { addTo, emptySums, type Judgement, meanOf } from "../nn/training/judge.js";
import { answerDigest } from "./answerDigest.js";
import type { Crew } from "./crew.js";
import type { JobSpec } from "./jobSpec.js";
import type { Layout } from "./layout.js";
import { type AnswerHeader, parseAnswer } from "./messages.js";
import { DamagedObject } from "./nats/objectStore.js";
import { PairwiseMean } from "./pairwiseMean.js";
import { checkVector, decodeVector, vectorBytes } from "./vector.js";

/** An answer whose payload has the digest that it tells. */
export interface Answer extends AnswerHeader {
  readonly payload: Uint8Array;
}

/** What the answers of a round must fit. */
export interface RoundFacts {
  readonly round: number;
  /** The digests of the job's description and of the round's weights. */
  readonly job: string;
  readonly weightsDigest: string;
  /** The number of examples of each replica. Replicas without examples have no answer. */
  readonly sizes: readonly number[];
  readonly layout: Layout;
  readonly spec: JobSpec;
}

/** The mean of all replicas of a round. */
export interface RoundMean {
  /** The values in the order of the layout, one after the other. */
  readonly values: Float32Array;
  readonly judgement: Judgement;
}

/** The answers of one round. */
export class RoundAnswers {
  /** The replicas that have examples. */
  readonly replicas: readonly number[];
  readonly #mean: PairwiseMean;
  readonly #judgements = new Map<number, { readonly judgement: Judgement; readonly examples: number }>();
  readonly #bytes: number;

  constructor(
    readonly facts: RoundFacts,
    private readonly crew: Crew,
    /** Gets a payload that did not fit into its message. */
    private readonly getAnswer: (name: string, maximumBytes: number) => Promise<Uint8Array | undefined>,
  ) {
    const { sizes, layout, spec } = facts;
    this.replicas = sizes.flatMap((size, replica) => (size > 0 ? [replica] : []));
    const examples = sum(sizes);
    this.#mean = new PairwiseMean(this.replicas.map((replica) => existing(sizes[replica]) / examples));
    this.#bytes = vectorBytes(layout.sizes, spec.precision);
  }

  /**
   * Reads an answer. One that is malformed, or fits no replica of the round, is nobody's: undefined.
   *
   * @throws DamagedAnswer if its bytes are not what its worker tells
   */
  async read(bytes: Uint8Array): Promise<Answer | undefined> {
    const { job, round, weightsDigest, sizes, layout, spec } = this.facts;
    const parsed = parsedAnswer(bytes, { ...spec, vectorBytes: this.#bytes });
    if (!parsed) return undefined;
    const { header } = parsed;
    if (header.round !== round || header.examples !== sizes[header.replica] || header.examples === 0) return undefined;
    // A worker may be late, and answer a job of the same name that was deleted.
    if (header.job !== job || header.weightsDigest !== weightsDigest) return undefined;
    if (this.crew.isRefused(header.worker)) return undefined;
    if (!spec.mixed && header.workerClass !== spec.class) return undefined;
    const payload = parsed.payload ?? (await this.#download(header));
    // Others may have cleaned up an object of a message that came twice.
    if (!payload) return undefined;
    if ((await answerDigest(header, payload)) !== header.digest) {
      throw new DamagedAnswer(header, "has not the digest that it tells");
    }
    checkPayload(header, payload, layout.sizes, spec.precision);
    return { ...header, payload };
  }

  /** A payload that did not fit into its message. @throws DamagedAnswer */
  async #download(header: AnswerHeader): Promise<Uint8Array | undefined> {
    if (header.object === undefined) return undefined;
    try {
      return await this.getAnswer(header.object, this.#bytes);
    } catch (error) {
      // The worker has written the object. A failure of the servers is none of its faults.
      if (error instanceof DamagedObject) throw new DamagedAnswer(header, `is damaged: ${error.message}`);
      throw error;
    }
  }

  /** Takes an answer for good. */
  take(answer: Answer): void {
    const { layout, spec } = this.facts;
    const values = decodeVector(answer.payload, layout.sizes, spec.precision);
    this.#mean.add(this.replicas.indexOf(answer.replica), values);
    const { loss, metrics, examples } = answer;
    this.#judgements.set(answer.replica, { judgement: { loss, metrics }, examples });
    this.crew.count(answer.worker);
  }

  /** The mean, when no replica is missing. */
  mean(): RoundMean {
    const sums = emptySums();
    for (const replica of this.replicas) {
      const { judgement, examples } = existing(this.#judgements.get(replica));
      addTo(sums, judgement, examples);
    }
    return { values: this.#mean.take(), judgement: meanOf(sums) };
  }
}

/** An answer that got other bytes on its way, or was wrong from the beginning. */
export class DamagedAnswer extends Error {
  constructor(
    readonly header: AnswerHeader,
    readonly why: string,
  ) {
    super(`the answer of ${header.worker} for replica ${header.replica} ${why}`);
  }
}

/** A payload with a right digest may be nonsense all the same. @throws DamagedAnswer */
function checkPayload(header: AnswerHeader, ...vector: Parameters<typeof checkVector>): void {
  try {
    checkVector(...vector);
  } catch (error) {
    if (error instanceof JobError) throw new DamagedAnswer(header, `is damaged: ${error.message}`);
    throw error;
  }
}

function parsedAnswer(
  bytes: Uint8Array,
  limits: Parameters<typeof parseAnswer>[1],
): ReturnType<typeof parseAnswer> | undefined {
  try {
    return parseAnswer(bytes, limits);
  } catch (error) {
    if (error instanceof JobError) return undefined;
    throw error;
  }
}
