export { JobError } from "../core/errors.js";
export type { ConnectionReport, ServerOptions } from "./nats/serverOptions.js";
export type { RefusedWorker, RoundReport, WorkerReport } from "./reports.js";
export type { DistributedRun } from "./run.js";
export type { TrainDistributedOptions } from "./trainOptions.js";
export type { ReplicaReport, WorkDistributedOptions, WorkerState, WorkSummary } from "./workOptions.js";
