import type { Backend } from "../core/backend.js";
import { navigatorGPU } from "./navigatorGPU.js";
import { type BackendOptions, type Environment, openBackend } from "./openBackend.js";

const page: Environment = {
  gpus: [navigatorGPU("this browser has no WebGPU, or the page is no secure context")],
  threads: async () => (await import("../runtime/wasm/threads/threads.page.js")).webThreads,
};

/**
 * Opens a backend in a page or a worker: the place where tensors live and operators run.
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
  return openBackend(page, options);
}
