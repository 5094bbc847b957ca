import type { Backend } from "../core/backend.js";
import { navigatorGPU } from "./navigatorGPU.js";
import { type BackendOptions, openBackend } from "./openBackend.js";

/** Holds Dawn's objects forever. If they are collected while one of their devices is alive, the process crashes. */
const heldForEver = new Set<GPU>();
let working: GPU | undefined;

/**
 * Opens a backend in Node, Deno or Bun. It runs on `navigator.gpu` where that has an adapter, as in Deno. Else it runs on
 * Dawn, through the optional package `webgpu`, which only this module loads.
 *
 * @param options see BackendOptions
 * @throws (rejects with) BackendUnavailableError, which says what was tried, if `kind: "webgpu"` is not available;
 * OptionError
 */
export function createBackend(options: BackendOptions = {}): Promise<Backend> {
  return openBackend([navigatorGPU("this runtime has none"), { name: 'Dawn (npm "webgpu")', find: findDawn }], options);
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
