import { Answers } from "./answers.js";
import type { Connect } from "./connect.js";
import { denialOf, deniedError } from "./failures.js";
import { Link } from "./link.js";
import { type JobNames, jobNames } from "./names.js";
import { ObjectStore } from "./objectStore.js";
import { JobRecord, type Revision } from "./record.js";
import { createResources, deleteResources } from "./resources.js";
import type { CheckedServerOptions } from "./serverOptions.js";
import { type Work, WorkQueue } from "./workQueue.js";

/**
 * All that one job has on the NATS servers. Every call outlives cuts and restarts of the servers. It rejects with a
 * JobError if they are silent for `timeout` seconds or forbid it, and with the signal's reason at an abort.
 */
export class JobServer {
  /** The name of the job. */
  readonly name: string;
  readonly #link: Link;
  readonly #names: JobNames;
  readonly #record: JobRecord;
  readonly #queue: WorkQueue;
  readonly #rounds: ObjectStore;
  readonly #largeAnswers: ObjectStore;

  private constructor(name: string, link: Link, names: JobNames, record: JobRecord) {
    this.name = name;
    this.#link = link;
    this.#names = names;
    this.#record = record;
    this.#queue = new WorkQueue(link, names);
    this.#rounds = new ObjectStore(link, names.rounds);
    this.#largeAnswers = new ObjectStore(link, names.largeAnswers);
  }

  /** @param signal ends every call, not only this one */
  static async connect(connect: Connect, options: CheckedServerOptions, signal: AbortSignal): Promise<JobServer> {
    const link = await Link.open(connect, options, signal);
    const names = jobNames(options.job);
    try {
      return new JobServer(options.job, link, names, await JobRecord.open(link, names));
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  /** Creates what the job needs on the server, if it is not there. */
  async create(storage: "file" | "memory", lease: number): Promise<void> {
    await createResources(this.#link, this.#names, storage, lease);
    this.#link.expectJob(this.#names.bucketStream);
  }

  /** Waits until the job exists, for as long as it takes. */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#record.wait(signal);
    this.#link.expectJob(this.#names.bucketStream);
  }

  /** The job's record. Undefined before it is written first. */
  record(): Promise<Revision | undefined> {
    return this.#record.read();
  }

  /** Compare-and-set. Gives the new revision, or undefined if somebody else changed the record. */
  replaceRecord(bytes: Uint8Array, revision: number | undefined): Promise<number | undefined> {
    return this.#record.replace(bytes, revision);
  }

  /** Notes which job has this name, unless there is such a note. Gives the note. */
  claim(job: string): Promise<string> {
    return this.#record.claim(job);
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#rounds.put(name, bytes);
  }

  /** Undefined if there is none. */
  get(name: string, maximumBytes: number): Promise<Uint8Array | undefined> {
    return this.#rounds.get(name, maximumBytes);
  }

  remove(name: string): Promise<void> {
    return this.#rounds.remove(name);
  }

  names(): Promise<string[]> {
    return this.#rounds.names();
  }

  /** @param name "ROUND.…", because it is deleted with its round */
  putAnswer(name: string, bytes: Uint8Array): Promise<void> {
    return this.#largeAnswers.put(name, bytes);
  }

  getAnswer(name: string, maximumBytes: number): Promise<Uint8Array | undefined> {
    return this.#largeAnswers.get(name, maximumBytes);
  }

  /** Adds work, once for each id. */
  async publishWork(bytes: Uint8Array, id: string): Promise<void> {
    this.#link.checkSize("a piece of work", bytes);
    await this.#queue.publish(bytes, id);
  }

  /** How many pieces of work wait, or are with workers. */
  outstandingWork(): Promise<number> {
    return this.#queue.outstanding();
  }

  /** Deletes the work that is left. */
  async purgeWork(): Promise<void> {
    await this.#link.run("the deletion of work", () => this.#link.manager.streams.purge(this.#names.work));
  }

  /** One piece of work. Undefined if there is none for so long. */
  nextWork(waitSeconds: number, signal?: AbortSignal): Promise<Work | undefined> {
    return this.#queue.next(waitSeconds, signal);
  }

  async publishAnswer(round: number, replica: number, bytes: Uint8Array): Promise<void> {
    this.#link.checkSize("an answer", bytes);
    const msgID = crypto.randomUUID();
    const subject = `${this.#names.answerSubject}.${round}.${replica}`;
    await this.#link.run("the publication of an answer", () => this.#link.jetStream.publish(subject, bytes, { msgID }));
  }

  /** The answers to a round, from its first on. Some may come twice. */
  answers(round: number): Answers {
    return new Answers(this.#link, this.#names, round);
  }

  /** Deletes the answers to all rounds up to `throughRound`. */
  async purgeAnswers(throughRound: number): Promise<void> {
    const { streams } = this.#link.manager;
    const prefix = `${this.#names.answerSubject}.`;
    const { state } = await this.#link.run("the list of answers", () =>
      streams.info(this.#names.answers, { subjects_filter: `${prefix}>` }),
    );
    const rounds = new Set(
      Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length).split(".")[0]),
    );
    for (const round of rounds) {
      if (Number(round) > throughRound) continue;
      await this.#link.run("the deletion of answers", () =>
        streams.purge(this.#names.answers, { filter: `${prefix}${round}.>` }),
      );
    }
    for (const name of await this.#largeAnswers.names()) {
      // A name without a round is nobody's.
      if (!(Number(name.split(".")[0]) > throughRound)) await this.#largeAnswers.remove(name);
    }
  }

  /** Tells the coordinator that this worker lives. It is lost if there is no connection now. */
  heartbeat(worker: string, bytes: Uint8Array): void {
    const subject = `${this.#names.workerSubject}.${worker}`;
    this.#link.watch(subject);
    if (this.#link.isConnected) this.#link.connection.publish(subject, bytes);
  }

  /** Calls back with each worker's heartbeats. Gives the function that ends it. */
  onHeartbeat(callback: (worker: string, bytes: Uint8Array) => void): () => void {
    const prefix = `${this.#names.workerSubject}.`;
    // A connection that has ended takes no subscription.
    this.#link.signal().throwIfAborted();
    const subscription = this.#link.connection.subscribe(`${prefix}*`, {
      callback: (error, message) => {
        const denial = denialOf(error);
        if (denial) this.#link.fail(deniedError(this.#link.operator, denial, error));
        else if (error) this.#link.fail(this.#link.error("the wait for heartbeats failed", error));
        else callback(message.subject.slice(prefix.length), message.data);
      },
    });
    return () => subscription.unsubscribe();
  }

  refuse(worker: string, why: string): Promise<void> {
    return this.#record.refuse(worker, why);
  }

  /** Why workers may not take part, by their ids. */
  refusals(): Promise<Map<string, string>> {
    return this.#record.refusals();
  }

  /** Why this worker may not take part. Undefined if it may. */
  refusal(worker: string): Promise<string | undefined> {
    return this.#record.refusal(worker);
  }

  /** The largest number of bytes of a piece of work or an answer. */
  get maxPayload(): number {
    return this.#link.maxPayload;
  }

  get bytesSent(): number {
    return this.#link.connection.stats().outBytes;
  }

  get bytesReceived(): number {
    return this.#link.connection.stats().inBytes;
  }

  /** Deletes the job on the servers. */
  deleteAll(): Promise<void> {
    return deleteResources(this.#link, this.#names);
  }

  /** Ends all calls and the connection. */
  close(): Promise<void> {
    return this.#link.close();
  }
}
