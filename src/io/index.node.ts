// The entry for Node. It adds the functions that need files.

export { loadCheckpoint, saveCheckpoint } from "./checkpoint.node.js";
export * from "./index.js";
