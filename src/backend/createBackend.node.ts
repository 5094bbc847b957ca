import type { Backend } from "../core/backend.js";
import { type BackendOptions, openBackend } from "./openBackend.js";

/** Dawn's objects crash the process when they are collected while a device of theirs lives: they are held for ever. */
const heldForEver = new Set<GPU>();
let working: GPU | undefined;

/**
 * Opens a backend, in Node: on Dawn, by way of the optional package `webgpu`, which is loaded only here.
 *
 * @param options see BackendOptions
 * @throws (rejects with) BackendUnavailableError, saying what was tried, where `kind: "webgpu"` cannot be had;
 * OptionError
 */
export function createBackend(options: BackendOptions = {}): Promise<Backend> {
  return openBackend({ name: 'Dawn (npm "webgpu")', find: findGPU }, options);
}

async function findGPU(): Promise<GPU> {
  if (working) return working;
  let dawn: { create(options: string[]): GPU };
  try {
    dawn = await import("webgpu");
  } catch (cause) {
    throw new Error('the package "webgpu" is not installed or does not load; npm install webgpu', { cause });
  }
  // Drivers may have been made known since the last try, so only an instance that found an adapter is kept in use.
  const gpu = dawn.create([]);
  heldForEver.add(gpu);
  if (await gpu.requestAdapter()) working = gpu;
  return gpu;
}
