// The entry for Node. Only `createBackend` differs: it also finds WebGPU in the package `webgpu`.

export { createBackend } from "./backend/createBackend.node.js";
export * from "./index.js";
