// Training on many machines, over NATS JetStream: the entry for Node.

export * from "./common.js";
export { deleteJob, trainDistributed, workDistributed } from "./functions.node.js";
