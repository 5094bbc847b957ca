/** The library as a live block imports it: its own entry, and each backend that opens is reported. */
import { type Backend, type BackendOptions, createBackend as open } from "webgpu-cnn";
import { report } from "./report.js";

export * from "webgpu-cnn";

const NAMES: Readonly<Record<Backend["kind"], string>> = {
  webgpu: "WebGPU",
  wasm: "WebAssembly",
  cpu: "the CPU reference",
};

export async function createBackend(options?: BackendOptions): Promise<Backend> {
  const backend = await open(options);
  const name = NAMES[backend.kind];
  report({
    type: "backend",
    description: backend.kind === "webgpu" ? `${name} (${backend.info.description})` : name,
  });
  return backend;
}
