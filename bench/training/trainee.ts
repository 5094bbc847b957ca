import type { Batch } from "webgpu-cnn/io";
import type { Timed } from "../timing.js";

/** A network that one contender trains. */
export interface Trainee {
  readonly name: string;
  /** The work before the first step, which counts as a part of it: compiling and recording. */
  prepare?(): Promise<void>;
  /** Queues one training step. */
  step(batch: Batch): void;
  /** Resolves when all queued steps are done. */
  finish(): Promise<void>;
  /** The loss of the last batch, before its step changed the weights. */
  loss(): Promise<number>;
  /** Frees everything but the device. @throws (rejects) if the device refused some of the work */
  close(): Promise<void>;
}

/** Times a trainee's steps: over the batches in order, and again from the first. */
export function stepsOver(trainee: Trainee, batches: readonly Batch[]): Timed {
  let steps = 0;
  return {
    run: async (times) => {
      for (let i = 0; i < times; i++) {
        const batch = batches[steps++ % batches.length];
        if (!batch) throw new Error("no batches");
        trainee.step(batch);
      }
      await trainee.finish();
    },
  };
}
