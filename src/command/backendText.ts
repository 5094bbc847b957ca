import type { Backend } from "../core/backend.js";
import { several } from "./formats.js";

/** "WebAssembly, 2 threads" or "WebGPU (nvidia …)". */
export function describeBackend({ kind, info }: Pick<Backend, "kind" | "info">): string {
  switch (kind) {
    case "cpu":
      return "the CPU reference, slowly";
    case "wasm":
      return `WebAssembly, ${several(info.threads ?? 1, "thread")}`;
    case "webgpu":
      return `WebGPU (${info.description || `${info.vendor} ${info.architecture}`})`;
  }
}
