import { JobError } from "../core/errors.js";
import { existing } from "../core/objects.js";
import { unlessAborted } from "./abort.js";
import { answerDigest } from "./answerDigest.js";
import type { JobSpec } from "./jobSpec.js";
import { type JoinedJob, joinJob } from "./joinedJob.js";
import { Leases } from "./leases.js";
import {
  encodeAnswer,
  encodeHeartbeat,
  parseRoundRecord,
  parseWork,
  type RoundRecord,
  type WorkMessage,
} from "./messages.js";
import type { JobServer } from "./nats/jobServer.js";
import type { Work } from "./nats/workQueue.js";
import { type ReplicaResult, ReplicaWork } from "./replicaWork.js";
import { Rounds } from "./rounds.js";
import { RoundWeights } from "./roundWeights.js";
import { encodeVector } from "./vector.js";
import { workerClass } from "./workerClass.js";
import { OPERATOR, type WorkPlan, type WorkSummary } from "./workOptions.js";

/** How long a worker waits for a replica before it looks whether the job is done, in seconds. */
export const PATIENCE = 2;
/** After how many seconds the queue offers a replica again that its worker must not compute. */
const EXCEPTION_DELAY = 0.2;

/** Takes replicas of one job, computes them and answers, until the job is done. */
export class Worker {
  readonly #work: ReplicaWork;
  readonly #weights: RoundWeights;
  readonly #rounds: Rounds;
  readonly #leases: Leases;
  readonly #class: string;
  readonly #taken = new Set<number>();
  #replicas = 0;
  /** The round that the servers are in, as far as the worker knows. */
  #round = 0;
  #imagesPerSecond = 0;
  #isBusy = false;
  /** The answer that is on its way, while the next replica is computed. */
  #sending: Promise<void> = Promise.resolve();

  private constructor(
    private readonly server: JobServer,
    private readonly plan: WorkPlan,
    private readonly id: string,
    private readonly job: JoinedJob,
  ) {
    const { spec, training, examples } = job;
    this.#rounds = new Rounds(spec);
    this.#work = new ReplicaWork({
      training,
      examples,
      rounds: this.#rounds,
      layout: job.layout,
      augment: spec.augment,
    });
    this.#weights = new RoundWeights(server, job.layout, spec.precision);
    this.#leases = new Leases(spec.lease);
    this.#class = workerClass(plan.backend);
  }

  /** Waits for the job, and joins it. @throws OptionError, JobError if the worker does not fit it */
  static async join(server: JobServer, plan: WorkPlan): Promise<Worker> {
    plan.onState("waiting");
    await server.open(plan.signal);
    const job = await joinJob(OPERATOR, server, plan);
    try {
      const worker = new Worker(server, plan, `${plan.name}-${randomLetters()}`, job);
      plan.onState("joined");
      return worker;
    } catch (error) {
      job.model.dispose();
      throw error;
    }
  }

  /** Works until the job is done. @throws JobError if the worker is refused, or the job was deleted */
  async run(): Promise<WorkSummary> {
    const { signal } = this.plan;
    const beat = setInterval(() => this.#sendHeartbeat(), (this.job.spec.lease * 1000) / 3);
    let next: Promise<Work | undefined> | undefined;
    try {
      this.#sendHeartbeat();
      for (;;) {
        signal?.throwIfAborted();
        const delivery = await (next ?? this.server.nextWork(PATIENCE, signal));
        next = undefined;
        if (!delivery) {
          if (await this.#isDone()) break;
          continue;
        }
        this.#leases.hold(delivery);
        const message = parsedWork(delivery.bytes, this.job.spec);
        if (!message || !this.#canCompute(message)) {
          // It may belong to a new job of the same name. Then this throws, and others get it.
          await this.#isDone();
          // Nobody can compute it, or nobody waits for it any more.
          await this.#finish(delivery);
          continue;
        }
        if (message.except === this.id) {
          // Somebody else may be free before this worker asks again.
          this.#giveBack(delivery, EXCEPTION_DELAY);
          continue;
        }
        const result = await this.#computed(message, delivery, () => {
          next = this.server.nextWork(PATIENCE, signal);
          // Awaited in the next turn of the loop. Until then, a failure is nobody's.
          next.then(
            (delivery) => delivery && this.#leases.hold(delivery),
            () => {},
          );
        });
        if (!result) continue;
        await this.#sending;
        this.#sending = this.#answered(message, delivery, result);
        this.#sending.catch(() => {});
      }
      await this.#sending;
      return { replicas: this.#replicas, rounds: this.#taken.size };
    } finally {
      clearInterval(beat);
      // While the request for the next replica stands, the servers would give what comes back to this worker again.
      await next?.catch(() => {});
      // What the worker holds goes to others at once, not after the lease.
      this.#leases.giveBack();
      this.job.model.dispose();
    }
  }

  /** @param prefetch asks for the next replica */
  async #computed(message: WorkMessage, delivery: Work, prefetch: () => void): Promise<Computed | undefined> {
    const weights = await this.#weights.of(message.round, message.weightsDigest);
    if (!weights) {
      await this.#isDone();
      if (message.round < this.#round) await this.#finish(delivery);
      else this.#giveBack(delivery, 1);
      return undefined;
    }
    prefetch();
    this.#isBusy = true;
    this.#round = Math.max(this.#round, message.round);
    this.#sendHeartbeat();
    const start = performance.now();
    try {
      const { signal } = this.plan;
      const work = this.#work.compute(message, weights);
      // After an abort, the work may go on for a step.
      const result = await (signal ? unlessAborted(work, signal) : work);
      return { ...result, seconds: (performance.now() - start) / 1000 };
    } finally {
      this.#isBusy = false;
    }
  }

  /** Whether it belongs to this job, the round is not over, and the replica has work in it. */
  #canCompute({ job, round, replica, rates }: WorkMessage): boolean {
    if (job !== this.job.digest) return false;
    const { steps } = this.#rounds.round(round);
    return round >= this.#round && rates.length === steps && this.#rounds.sizes(round)[replica] !== 0;
  }

  async #finish(delivery: Work): Promise<void> {
    await delivery.done();
    this.#leases.release(delivery);
  }

  #giveBack(delivery: Work, delaySeconds: number): void {
    this.#leases.release(delivery);
    delivery.giveBack(delaySeconds);
  }

  async #answered(message: WorkMessage, delivery: Work, result: Computed): Promise<void> {
    const { round, replica, job, weightsDigest } = message;
    const { judgement, examples, seconds } = result;
    const payload = encodeVector(result.parts, this.job.spec.precision);
    const digest = await answerDigest({ round, replica, examples, ...judgement }, payload);
    const header = {
      ...{
        job,
        round,
        replica,
        weightsDigest,
        worker: this.id,
        workerClass: this.#class,
        digest,
        bytes: payload.length,
      },
      ...{ loss: judgement.loss, metrics: judgement.metrics, examples, seconds },
    };
    const inside = encodeAnswer(header, payload);
    if (inside.length <= this.server.maxPayload) await this.server.publishAnswer(round, replica, inside);
    else {
      const object = `${round}.${replica}.${this.id}`;
      await this.server.putAnswer(object, payload);
      await this.server.publishAnswer(round, replica, encodeAnswer({ ...header, object }, new Uint8Array()));
    }
    await this.#finish(delivery);
    this.#replicas++;
    this.#taken.add(round);
    this.#imagesPerSecond = examples / seconds;
    this.#sendHeartbeat();
    const { loss } = judgement;
    const done = { round: round + 1, rounds: this.#rounds.count, replica, replicas: this.#replicas };
    this.plan.onReplica({ ...done, examples, loss, seconds });
  }

  /** Looks how far the job is. @throws JobError if the worker was refused, or the job failed or was deleted */
  async #isDone(): Promise<boolean> {
    const found = await this.server.record();
    if (!found) throw new JobError(`${OPERATOR}: the record of the job ${this.plan.server.job} was deleted`);
    const record: RoundRecord = parseRoundRecord(found.value);
    if (record.job !== this.job.digest) {
      throw new JobError(
        `${OPERATOR}: the job ${this.plan.server.job} was deleted, and another one of its name began; start the worker again to work for that`,
      );
    }
    this.#round = record.round;
    const why = await this.server.refusal(this.id);
    if (why !== undefined) throw new JobError(`${OPERATOR}: the coordinator refused this worker: ${why}`);
    if (record.phase === "failed")
      throw new JobError(`${OPERATOR}: the job failed: ${record.why ?? "nobody knows why"}`);
    return record.phase === "done";
  }

  #sendHeartbeat(): void {
    const { id: worker } = this;
    this.server.heartbeat(
      worker,
      encodeHeartbeat({
        ...{ worker, workerClass: this.#class, replicas: this.#replicas, round: this.#round },
        ...{ busy: this.#isBusy, imagesPerSecond: this.#imagesPerSecond },
      }),
    );
  }
}

interface Computed extends ReplicaResult {
  readonly seconds: number;
}

/** The message of a delivery. Undefined if it is malformed: then no worker can do anything with it. */
function parsedWork(bytes: Uint8Array, limits: JobSpec): WorkMessage | undefined {
  try {
    return parseWork(bytes, limits);
  } catch (error) {
    if (error instanceof JobError) return undefined;
    throw error;
  }
}

function randomLetters(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  return [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => existing(letters[byte % letters.length]))
    .join("");
}
