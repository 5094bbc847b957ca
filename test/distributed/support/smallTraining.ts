import { createBackend } from "webgpu-cnn";
import { deleteJob, type ServerOptions, trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import { smallNet, stripes } from "./nets.js";

/** What a coordinator and a worker did. */
export interface SmallTraining {
  /** The loss of each round. */
  readonly losses: readonly number[];
  /** The replicas that the worker computed. */
  readonly replicas: number;
}

/** Trains a small net for two rounds of two replicas with one worker, and deletes the job. */
export async function trainSmallNet(coordinator: ServerOptions, worker: ServerOptions): Promise<SmallTraining> {
  const [own, others] = await Promise.all([1, 2].map(() => createBackend({ kind: "wasm", threads: 1 })));
  if (!own || !others) throw new Error("there is no backend");
  const data = stripes(16);
  const stop = new AbortController();
  try {
    const model = smallNet(own).compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    const working = workDistributed({ ...worker, backend: others, data, signal: stop.signal });
    const leading = (async () => {
      const run = await trainDistributed({ ...coordinator, model, data, replicas: 2, batchSize: 8 });
      const losses: number[] = [];
      for await (const { loss } of run) losses.push(loss);
      return losses;
    })();
    // If one fails, the other waits for it in vain.
    const failed = (error: unknown) => stop.abort(error);
    leading.catch(failed);
    const { replicas } = await working;
    const losses = await leading;
    await deleteJob(coordinator);
    return { losses, replicas };
  } finally {
    own.destroy();
    others.destroy();
  }
}
