import { RandomNumbers } from "../../../../src/core/random.js";
import { answerDigest } from "../../../../src/distributed/answerDigest.js";
import { encodeAnswer, encodeHeartbeat, parseWork } from "../../../../src/distributed/messages.js";
import { answerSubject, joinAsStranger } from "./jobClient.js";
import { LIMITS, replicaExamples } from "./task.js";

/**
 * - "corrupt": its vectors have another digest than it tells.
 * - "lying": its vectors are wrong, and have the digest that it tells.
 * - "outdated": its answers are for a job of this name that was deleted.
 * - "silent": it takes replicas from the queue for good and never answers.
 */
export type Falsehood = "corrupt" | "lying" | "outdated" | "silent";

/** A worker that gives wrong answers. */
export class FalseWorker {
  /** The number of replicas that it took. */
  replicas = 0;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  /** @param vectorBytes of a right answer */
  constructor(
    private readonly servers: string,
    private readonly job: string,
    private readonly falsehood: Falsehood,
    private readonly vectorBytes: number,
    /** Its id. */
    readonly worker = `${falsehood}-1`,
  ) {}

  /** Begins. The job must be there. */
  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { worker, job } = this;
    const { connection, stream, queue, close } = await joinAsStranger(this.servers, job);
    const random = new RandomNumbers(1);
    while (!this.#stopped) {
      const beat = { worker, workerClass: "wasm", replicas: this.replicas, round: 0, busy: true, imagesPerSecond: 1 };
      connection.publish(`cnn.${job}.worker.${worker}`, encodeHeartbeat(beat));
      const message = await queue.next({ expires: 1000 });
      if (!message) continue;
      const work = parseWork(message.data, LIMITS);
      const { round, replica, weightsDigest } = work;
      if (this.falsehood !== "silent") {
        const values = Float32Array.from({ length: this.vectorBytes / 4 }, () => random.uniform() / 100);
        const payload = new Uint8Array(values.buffer);
        const facts = { round, replica, examples: replicaExamples(round), loss: 1, metrics: { accuracy: 0.5 } };
        const digest = await answerDigest(facts, payload);
        if (this.falsehood === "corrupt") payload[0] = 1 + (payload[0] ?? 0);
        const header = {
          job: this.falsehood === "outdated" ? "0".repeat(64) : work.job,
          ...{ ...facts, weightsDigest, worker, workerClass: "wasm", digest, bytes: payload.length },
          seconds: 0.1,
        };
        await stream.publish(answerSubject(job, round, replica), encodeAnswer(header, payload));
      }
      await message.ackAck();
      this.replicas++;
    }
    await close();
  }
}
