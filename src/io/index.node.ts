/** The entry for Node. It adds the functions that need files. */

export { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.node.js";
export * from "./index.js";
