import { JobError, OptionError, ShapeError } from "../core/errors.js";
import { existing } from "../core/objects.js";
import type { Progress } from "../nn/training/progress.js";
import { Crew } from "./crew.js";
import { type LedJob, startJob } from "./jobStart.js";
import { encodeRoundRecord, encodeWork, parseRoundRecord, type RoundRecord, type WorkMessage } from "./messages.js";
import type { JobServer } from "./nats/jobServer.js";
import { Recomputation } from "./recomputation.js";
import type { RoundReport, WorkerReport } from "./reports.js";
import { type Answer, DamagedAnswer, RoundAnswers, type RoundMean } from "./roundAnswers.js";
import { OPERATOR, type TrainPlan } from "./trainOptions.js";
import { Verification } from "./verification.js";

/** How long a coordinator that goes on waits for answers that are there already, in seconds. */
const FIRST_WAIT = 0.3;
/** After so many leases without an answer that counts, replicas are published again, whatever the queue holds. */
const LEASES_TO_LOSS = 5;

/** Leads a job: publishes rounds, averages what the workers answer, and changes the model. */
export class Coordinator {
  readonly #crew: Crew;
  readonly #recomputation: Recomputation;
  #record: RoundRecord;
  #revision: number;
  /** Tells messages for one replica apart. */
  #published = 0;
  #ended = false;

  private constructor(
    private readonly server: JobServer,
    private readonly plan: TrainPlan,
    private readonly job: LedJob,
  ) {
    this.#crew = new Crew(job.spec.lease);
    this.#recomputation = new Recomputation(job);
    this.#record = job.record;
    this.#revision = job.revision;
  }

  /** Begins a job, or goes on with one that is there. */
  static async start(server: JobServer, plan: TrainPlan): Promise<Coordinator> {
    return new Coordinator(server, plan, await startJob(server, plan, crypto.randomUUID()));
  }

  /** As they are now. */
  get workers(): readonly WorkerReport[] {
    return this.#crew.workers;
  }

  /** Lets others train the model. */
  end(): void {
    if (!this.#ended) this.job.training.end();
    this.#ended = true;
  }

  /** Trains to the end, round by round. */
  async *run(): AsyncGenerator<RoundReport, undefined, undefined> {
    const { server, plan } = this;
    const { training, rounds } = this.job;
    let deafen = () => {};
    try {
      deafen = server.onHeartbeat((id, bytes) => this.#crew.hear(id, bytes));
      const progress = training.goOn();
      for (const [worker, why] of await server.refusals()) this.#crew.refuse(worker, why);
      let [start, sent, received] = [performance.now(), server.bytesSent, server.bytesReceived];
      while (this.#record.phase === "training") {
        const { round } = this.#record;
        const mean = await this.#collect(round);
        await this.#apply(round, mean, progress);
        await this.#advance(round + 1);
        const { epoch, endsEpoch } = rounds.round(round);
        const validated = endsEpoch && plan.validationData !== undefined;
        const validation = validated ? await plan.model.evaluate(plan.validationData) : undefined;
        const report: RoundReport = {
          ...{ round: round + 1, rounds: rounds.count, ...mean.judgement, validation },
          ...{ epoch: epoch + 1, epochs: rounds.options.firstEpoch + rounds.options.epochs },
          ...{ workers: this.#crew.workers, refused: this.#crew.refused },
          bytes: { sent: server.bytesSent - sent, received: server.bytesReceived - received },
          seconds: (performance.now() - start) / 1000,
        };
        [start, sent, received] = [performance.now(), server.bytesSent, server.bytesReceived];
        yield report;
      }
    } catch (error) {
      // Every other coordinator would fail in the same way, so the workers need not wait for one.
      if (error instanceof OptionError || error instanceof ShapeError) await this.#fail(error.message);
      throw error;
    } finally {
      this.end();
      deafen();
    }
    return undefined;
  }

  async #fail(why: string): Promise<void> {
    await this.server.replaceRecord(encodeRoundRecord({ ...this.#record, phase: "failed", why }), this.#revision);
  }

  /** Waits until every replica of a round has an answer that counts. */
  async #collect(round: number): Promise<RoundMean> {
    const { server, plan } = this;
    const { spec, digest, rounds, layout } = this.job;
    const { weightsDigest } = this.#record;
    const facts = { job: digest, round, weightsDigest, sizes: rounds.sizes(round), layout, spec };
    const answers = new RoundAnswers(facts, this.#crew, (name, most) => server.getAnswer(name, most));
    const verification = new Verification(answers.replicas, plan.verify, (answer) => answers.take(answer));
    const source = server.answers(round);
    try {
      if (round === this.job.record.round) {
        // A coordinator before this one may have published the round already, and got answers.
        let bytes = await source.next(FIRST_WAIT);
        for (; bytes && !verification.isSettled; bytes = await source.next(FIRST_WAIT)) {
          await this.#receive(bytes, answers, verification);
        }
        await this.#publish(verification.missing);
      }
      let [count, since, looks] = [0, performance.now(), 0];
      while (!verification.isSettled) {
        const bytes = await source.next(spec.lease);
        if (bytes) await this.#receive(bytes, answers, verification);
        // Anybody may send answers that count for nothing. They must not keep the coordinator from looking.
        if (verification.count !== count) [count, since, looks] = [verification.count, performance.now(), 0];
        else if (performance.now() - since >= spec.lease * 1000) {
          await this.#lookAfter(verification, ++looks);
          since = performance.now();
        }
      }
      verification.finish();
      return answers.mean();
    } finally {
      source.close();
    }
  }

  async #receive(bytes: Uint8Array, answers: RoundAnswers, verification: Verification): Promise<void> {
    const answer = await answers.read(bytes).catch((error: unknown) => {
      if (error instanceof DamagedAnswer) return error;
      throw error;
    });
    if (!answer) return;
    if (answer instanceof DamagedAnswer) {
      await this.#refuse(answer.header.worker, answer.message, verification);
      if (verification.missing.includes(answer.header.replica)) await this.#publish([answer.header.replica]);
      return;
    }
    const verdict = verification.offer(answer);
    if (verdict === "taken") return;
    if (verdict === "check") {
      if (this.#crew.hasOther(answer.worker)) await this.#publish([answer.replica], answer.worker);
      else await this.#judge([answer], verification);
    } else await this.#judge(verdict.answers, verification);
  }

  /** Computes a replica, and refuses the workers whose answers differ from that. */
  async #judge(answers: readonly [Answer, ...Answer[]], verification: Verification): Promise<void> {
    const { replica } = answers[0];
    const right = await this.#recomputation.answer(this.#message(replica), this.#record.coordinator);
    const wrong = answers.filter(({ digest }) => digest !== right.digest);
    const agreed = answers.find(({ digest }) => digest === right.digest);
    for (const { worker } of wrong) {
      await this.#refuse(
        worker,
        `its answer for replica ${replica} of round ${right.round + 1} is wrong`,
        verification,
      );
    }
    verification.settle(agreed ?? right);
  }

  /** Takes nothing more from a worker. What it gave for this round is computed anew. */
  async #refuse(worker: string, why: string, verification: Verification): Promise<void> {
    this.#crew.refuse(worker, why);
    await this.server.refuse(worker, why);
    await this.#publish(verification.drop(worker));
  }

  /** No answer that counts came for a lease. @param looks the number of leases */
  async #lookAfter(verification: Verification, looks: number): Promise<void> {
    await this.#checkLead();
    for (const answer of verification.unchecked) await this.#judge([answer], verification);
    // A worker took a replica from the queue for good, and gave no answer that counts. Or what waits in the queue is
    // none of this round.
    const isLost = looks % LEASES_TO_LOSS === 0 || (await this.server.outstandingWork()) === 0;
    if (isLost) await this.#publish(verification.missing);
  }

  /** @throws JobError if another coordinator leads now */
  async #checkLead(): Promise<void> {
    const found = await this.server.record();
    if (found && parseRoundRecord(found.value).coordinator === this.#record.coordinator) return;
    throw this.#lostLead();
  }

  #lostLead(): JobError {
    return new JobError(
      `${OPERATOR}: another coordinator took the job ${this.server.name} over, or deleted it; only one leads a job`,
    );
  }

  async #publish(replicas: readonly number[], except?: string): Promise<void> {
    const { round, coordinator } = this.#record;
    await Promise.all(
      replicas.map((replica) => {
        const message = encodeWork({ ...this.#message(replica), ...(except !== undefined && { except }) });
        return this.server.publishWork(message, `${coordinator}.${round}.${replica}.${this.#published++}`);
      }),
    );
  }

  #message(replica: number): WorkMessage {
    const { round, weightsDigest } = this.#record;
    const { step, steps } = this.job.rounds.round(round);
    const rates = Array.from({ length: steps }, (_, i) => this.job.training.learningRate(step + i));
    return { job: this.job.digest, round, replica, weightsDigest, rates };
  }

  /** Changes the model by the mean of a round. */
  async #apply(round: number, { values }: RoundMean, progress: Progress): Promise<void> {
    const { training, rounds, layout } = this.job;
    const names = (weights: readonly { readonly name: string }[]) => weights.map(({ name }) => name);
    const mean = layout.split(values);
    const only = (names: readonly string[]) => new Map(names.map((name) => [name, existing(mean.get(name))]));
    const add = async (names: readonly string[]) => {
      const old = await training.readWeights(names);
      training.writeWeights(
        new Map([...only(names)].map(([name, change]) => [name, sumOf(existing(old.get(name)), change)])),
      );
    };
    const { steps, endsEpoch } = rounds.round(round);
    if (rounds.options.localSteps === 1) {
      training.applyGradients(only(names(training.trained)));
      await add(names(training.statistics));
    } else {
      await add([...names(training.trained), ...names(training.statistics)]);
      training.countSteps(steps);
    }
    if (endsEpoch) progress.epochs++;
  }

  /** Stores the model, makes this round the present one, and publishes its replicas. @throws JobError if another leads */
  async #advance(round: number): Promise<void> {
    const { server, plan } = this;
    const { rounds, files } = this.job;
    const stored = await files.write(plan.model, round);
    const phase = round === rounds.count ? "done" : "training";
    const record: RoundRecord = { ...this.#record, round, phase, ...stored };
    const revision = await server.replaceRecord(encodeRoundRecord(record), this.#revision);
    if (revision === undefined) throw this.#lostLead();
    this.#record = record;
    this.#revision = revision;
    if (phase === "training") await this.#publish(this.#replicasWithExamples(round));
    await Promise.all([server.purgeAnswers(round - 1), files.removeOld(round)]);
  }

  #replicasWithExamples(round: number): readonly number[] {
    return this.job.rounds.sizes(round).flatMap((size, replica) => (size > 0 ? [replica] : []));
  }
}

function sumOf(old: Float32Array, change: Float32Array): Float32Array {
  return old.map((value, i) => value + existing(change[i]));
}
