// Training on many machines, over NATS JetStream: for pages and workers.

export * from "./common.js";
export { deleteJob, trainDistributed, workDistributed } from "./functions.js";
