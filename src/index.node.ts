/** The entry for Node: the same, but for where WebGPU comes from. */

export { createBackend } from "./backend/createBackend.node.js";
export * from "./index.js";
