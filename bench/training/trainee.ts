import type { Batch } from "webgpu-cnn/io";
import type { Timed } from "../timing.js";

/** A network that one contender trains. */
export interface Trainee {
  readonly name: string;
  /** What the first step needs before it, and counts as part of it: compiling ahead, recording. */
  prepare?(): Promise<void>;
  /** Queues one step of training. */
  step(batch: Batch): void;
  /** Hands everything queued to the device. */
  submit(): void;
  /** Of the last step's batch, before that step changed the weights. */
  loss(): Promise<number>;
  /** Frees everything but the device. @throws (rejects) where the device refused some of the work */
  close(): Promise<void>;
}

/** What a trainee's steps are timed by: one after the other over the batches, and from the first again. */
export function stepsOver(trainee: Trainee, batches: readonly Batch[]): Timed {
  let steps = 0;
  return {
    run: () => {
      const batch = batches[steps++ % batches.length];
      if (!batch) throw new Error("no batches");
      trainee.step(batch);
    },
    submit: () => trainee.submit(),
  };
}
