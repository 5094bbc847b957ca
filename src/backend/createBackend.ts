import type { Backend } from "../core/backend.js";
import { navigatorGPU } from "./navigatorGPU.js";
import { type BackendOptions, openBackend } from "./openBackend.js";

/**
 * Opens a backend in a page or a worker.
 *
 * @param options see BackendOptions
 * @throws (rejects with) BackendUnavailableError, which says what was tried, if `kind: "webgpu"` is not available;
 * OptionError
 */
export function createBackend(options: BackendOptions = {}): Promise<Backend> {
  return openBackend([navigatorGPU("this browser has no WebGPU, or the page is no secure context")], options);
}
