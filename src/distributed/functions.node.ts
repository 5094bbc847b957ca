import { connect } from "./nats/connect.node.js";
import type { ServerOptions } from "./nats/serverOptions.js";
import { deleteOver, trainOver, workOver } from "./over.js";
import type { DistributedRun } from "./run.js";
import type { TrainDistributedOptions } from "./trainOptions.js";
import type { WorkDistributedOptions, WorkSummary } from "./workOptions.js";

/**
 * Leads the training of a model by many machines, over NATS JetStream. It publishes the job, and averages what workers
 * compute; see {@link workDistributed}. The weights do not depend on the number of workers, their order or their deaths:
 * each batch is cut into a fixed number of replicas, and their results are added in a fixed order.
 *
 * If a job of this name is there already, with the same options, it goes on after the last round. The newest coordinator
 * leads: an older one rejects.
 *
 * It needs the packages `@nats-io/nats-core`, `@nats-io/transport-node`, `@nats-io/jetstream` and `@nats-io/kv`, and
 * servers with JetStream.
 *
 * @param options the servers, the name of the job, the model, the examples, and how they are divided
 * @returns a loop over the rounds. Nothing is averaged before you iterate over it. At its end, the model is trained.
 * Until then, or until its `return()`, nothing else may train the model
 * @throws (rejects with) OptionError if an option is invalid, the model is not built and compiled, or the job that is
 * there is another one; ShapeError if the examples do not fit the model; JobError if the servers cannot be reached. The
 * loop throws JobError, BackendLostError, and the reason of the signal
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1], seed: 1 });
 * model.compile({ optimizer: new SGD({ learningRate: 0.2 }), loss: "meanSquaredError" });
 * const data = { images: [[0], [1], [2], [3]], labels: [1, 3, 5, 7] };
 * const where = { servers: "nats://localhost:4222", job: "line-1" };
 * const worker = workDistributed({ ...where, backend, data }); // usually in another process
 * const run = await trainDistributed({ ...where, model, data, replicas: 2, epochs: 30, batchSize: 4 });
 * for await (const { round, loss } of run) console.log(round, loss);
 * await worker; // { replicas: 60, rounds: 30 }
 * await model.predict(backend.tensor([[10]])).read(); // ≈ [20.97]
 * ```
 */
export function trainDistributed(options: TrainDistributedOptions): Promise<DistributedRun> {
  return trainOver(connect, options);
}

/**
 * Computes replicas of a job, until the job is done. It may come before the coordinator, and leave at any time.
 *
 * @param options the servers, the name of the job, the backend and the examples
 * @returns what this worker did, when the job is done
 * @throws (rejects with) OptionError if an option is invalid, or the backend's class, the examples or the version of this
 * package are not those of the job; JobError if the servers cannot be reached, the job is deleted, or the coordinator
 * refuses the worker; the reason of the signal; what operators throw
 *
 * @example
 * ```ts
 * const data = { images: [[0], [1]], labels: [1, 3] };
 * const leave = AbortSignal.timeout(1000);
 * try {
 *   await workDistributed({ servers: "nats://localhost:4222", job: "nobody-leads-it", backend, data, signal: leave });
 * } catch (error) {
 *   leave.aborted; // true
 * }
 * ```
 */
export function workDistributed(options: WorkDistributedOptions): Promise<WorkSummary> {
  return workOver(connect, options);
}

/**
 * Deletes a job with all its rounds from the servers. Its workers and its coordinator reject.
 *
 * @param options the servers, and the name of the job
 * @throws (rejects with) OptionError if an option is invalid; JobError if the servers cannot be reached
 *
 * @example
 * ```ts
 * await deleteJob({ servers: "nats://localhost:4222", job: "line-1" });
 * ```
 */
export function deleteJob(options: ServerOptions): Promise<void> {
  return deleteOver(connect, options);
}
