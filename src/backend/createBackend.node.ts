import type { Backend } from "../core/backend.js";
import { navigatorGPU } from "./navigatorGPU.js";
import { type BackendOptions, type Environment, openBackend } from "./openBackend.js";

const node: Environment = {
  gpus: [navigatorGPU("this runtime has none"), { name: 'Dawn (npm "webgpu")', find: findDawn }],
  threads: async () => (await import("../runtime/wasm/threads/threads.node.js")).nodeThreads,
};

/**
 * Keeps Dawn's objects forever, because the process crashes if they are collected while one of their devices is alive.
 */
const heldForEver = new Set<GPU>();
let working: GPU | undefined;

/**
 * Opens a backend: the place where tensors live and operators run.
 *
 * In Node, Deno and Bun it runs on `navigator.gpu` if that has an adapter, as in Deno. Otherwise it runs on Dawn, through
 * the optional package `webgpu`. In a page or a worker it runs on `navigator.gpu`. Where there is no hardware adapter, it
 * runs on WebAssembly.
 *
 * @param options what it runs on, and how. All may be left out
 * @returns the backend
 * @throws (rejects with) BackendUnavailableError if `kind` is "webgpu" and there is no WebGPU. The message says what
 * was tried; BackendLostError if `device` is lost; OptionError if an option is invalid
 *
 * @example
 * ```ts
 * const backend = await createBackend({ kind: "wasm" });
 * backend.kind; // "wasm"
 * await relu(backend.tensor([-1, 2])).read(); // [0, 2]
 * backend.destroy();
 * ```
 */
export function createBackend(options: BackendOptions = {}): Promise<Backend> {
  return openBackend(node, options);
}

async function findDawn(): Promise<GPU> {
  if (working) return working;
  let dawn: { create(options: string[]): GPU };
  try {
    dawn = await import("webgpu");
  } catch (cause) {
    throw new Error('the package "webgpu" is not installed or does not load; npm install webgpu', { cause });
  }
  // Only an instance that found an adapter is kept, because a driver may be installed before the next try.
  const gpu = dawn.create([]);
  heldForEver.add(gpu);
  if (await gpu.requestAdapter()) working = gpu;
  return gpu;
}
