import { connect } from "./nats/connect.js";
import type { ServerOptions } from "./nats/serverOptions.js";
import { deleteOver, trainOver, workOver } from "./over.js";
import type { DistributedRun } from "./run.js";
import type { TrainDistributedOptions } from "./trainOptions.js";
import type { WorkDistributedOptions, WorkSummary } from "./workOptions.js";

/**
 * Leads the training of a model by many machines, from a page or a worker. It is `trainDistributed` of Node, but
 * `servers` are WebSocket addresses, "ws://…" or "wss://…".
 */
export function trainDistributed(options: TrainDistributedOptions): Promise<DistributedRun> {
  return trainOver(connect, options);
}

/**
 * Computes replicas of a job in a page or a worker. It is `workDistributed` of Node, but `servers` are WebSocket
 * addresses, "ws://…" or "wss://…".
 */
export function workDistributed(options: WorkDistributedOptions): Promise<WorkSummary> {
  return workOver(connect, options);
}

/**
 * Deletes a job from the servers, from a page or a worker. It is `deleteJob` of Node, but `servers` are WebSocket
 * addresses, "ws://…" or "wss://…".
 */
export function deleteJob(options: ServerOptions): Promise<void> {
  return deleteOver(connect, options);
}
