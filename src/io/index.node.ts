/** The entry for Node: the same, and what needs files. */

export { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.node.js";
export * from "./index.js";
