import { answerDigest } from "./answerDigest.js";
import type { LedJob } from "./jobStart.js";
import type { WorkMessage } from "./messages.js";
import { ReplicaWork } from "./replicaWork.js";
import type { Answer } from "./roundAnswers.js";
import { encodeVector } from "./vector.js";

/** Computes replicas on the coordinator's model, to find out which of two workers is wrong. */
export class Recomputation {
  readonly #work: ReplicaWork;

  constructor(private readonly job: LedJob) {
    this.#work = new ReplicaWork({ ...job, augment: job.spec.augment });
  }

  /** @returns the answer that a right worker gives. The model is the same afterwards */
  async answer(message: WorkMessage, coordinator: string): Promise<Answer> {
    const { training, layout, files, spec } = this.job;
    const start = performance.now();
    const own = layout.join(await training.readWeights(layout.entries.map(({ name }) => name)));
    const { parts, judgement, examples } = await this.#work.compute(message, files.published).finally(() => {
      training.writeWeights(layout.split(own));
      training.leaveReplica();
    });
    const payload = encodeVector(parts, spec.precision);
    const { job, round, replica, weightsDigest } = message;
    return {
      ...{
        job,
        round,
        replica,
        weightsDigest,
        worker: coordinator,
        workerClass: spec.class,
        digest: await answerDigest({ round, replica, examples, ...judgement }, payload),
      },
      ...{ bytes: payload.length, examples, ...judgement, seconds: (performance.now() - start) / 1000, payload },
    };
  }
}
