import { JobError } from "webgpu-cnn";
import { RandomNumbers } from "../../../../src/core/random.js";
import { encodeAnswer, parseAnswer } from "../../../../src/distributed/messages.js";
import { answerSubject, type JobClient, joinAsStranger } from "./jobClient.js";
import { changed } from "./mutations.js";
import { LIMITS, TASK, VECTOR_BYTES } from "./task.js";

/** What messages are about. It is a part of their subjects. */
export const KINDS = ["answer", "worker", "work"] as const;
type Kind = (typeof KINDS)[number];

interface Message {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

/** As many messages of each kind are kept to be changed: those of about two rounds. */
const KEPT = 2 * TASK.replicas;
/** So many messages are under way at most. */
const BURST = 4;
/** The ids of workers that it takes begin with this. */
export const FUZZER = "fuzzer";

/** Publishes nonsense on all subjects of a job, until it is stopped. */
export class Fuzzer {
  /** The number of messages that it has published, by their kind. */
  readonly published = { answer: 0, worker: 0, work: 0 };
  readonly #seen: Readonly<Record<Kind, Message[]>> = { answer: [], worker: [], work: [] };
  readonly #random: RandomNumbers;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly servers: string,
    private readonly job: string,
    seed: number,
  ) {
    this.#random = new RandomNumbers(seed);
  }

  /** Begins. The job must be there. */
  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #run(): Promise<void> {
    const client = await joinAsStranger(this.servers, this.job);
    this.#listen(client);
    while (!this.#stopped) {
      for (let i = 0; i < BURST; i++) this.#publish(client);
      await client.connection.flush();
    }
    await client.close();
  }

  /** Keeps what others publish. */
  #listen({ connection }: JobClient): void {
    connection.subscribe(`cnn.${this.job}.>`, {
      callback: (_, { subject, data: bytes }) => {
        const kind = KINDS.find((kind) => subject.split(".")[2] === kind);
        if (kind === undefined) return;
        const seen = this.#seen[kind];
        seen.push({ subject, bytes });
        if (seen.length > KEPT) seen.shift();
      },
    });
  }

  #publish({ connection }: JobClient): void {
    const kind = this.#oneOf(KINDS) ?? "work";
    const seen = this.#seen[kind];
    // The latest one fits the present round best.
    const right = [undefined, this.#oneOf(seen), seen.at(-1), seen.at(-1)][this.#random.integer(4)];
    const subject = right?.subject ?? this.#subject(kind);
    const nonsense = right ? this.#changed(right.bytes) : this.#noise();
    const bytes = kind === "answer" ? this.#signed(nonsense, subject) : nonsense;
    if (!bytes || bytes.length > 2 * VECTOR_BYTES) return;
    connection.publish(subject, bytes);
    this.published[kind]++;
  }

  /** Mostly one change: two are seldom read beyond the first. */
  #changed(bytes: Uint8Array): Uint8Array {
    const once = changed(bytes, this.#random);
    return this.#random.integer(4) === 0 ? changed(once, this.#random) : once;
  }

  #subject(kind: Kind): string {
    const number = () => this.#random.integer(2 * TASK.replicas);
    if (kind === "answer") return answerSubject(this.job, number(), number());
    return kind === "work" ? `cnn.${this.job}.work` : `cnn.${this.job}.worker.${this.#id()}`;
  }

  /**
   * An answer that can be read gets an id of the fuzzer's: else it would have honest workers refused. Undefined if it is for another replica
   * than its subject tells. This is a lie with a right digest, which only `verify` can find.
   */
  #signed(bytes: Uint8Array, subject: string): Uint8Array | undefined {
    try {
      const { header, payload } = parseAnswer(bytes, { ...LIMITS, vectorBytes: VECTOR_BYTES });
      if (subject !== answerSubject(this.job, header.round, header.replica)) return undefined;
      return encodeAnswer({ ...header, worker: this.#id() }, payload ?? new Uint8Array());
    } catch (error) {
      if (error instanceof JobError) return bytes;
      throw error;
    }
  }

  #id(): string {
    return `${FUZZER}-${this.#random.integer(1000)}`;
  }

  #noise(): Uint8Array {
    return Uint8Array.from({ length: this.#random.integer(300) }, () => this.#random.integer(256));
  }

  #oneOf<Value>(values: readonly Value[]): Value | undefined {
    return values.length === 0 ? undefined : values[this.#random.integer(values.length)];
  }
}
