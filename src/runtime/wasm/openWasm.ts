import { BackendUnavailableError } from "../../core/errors.js";
import type { Kernels } from "../../core/kernels.js";
import { SingleThread } from "./commands/crew.js";
import { LinearMemory } from "./memory/linearMemory.js";
import { WasmRuntime } from "./runtime.js";
import { hasRelaxedSimd, whyNoWasm } from "./support.js";

export interface WasmOptions {
  /** The number of threads, the caller's included. */
  readonly threads: number | undefined;
  /** Whether kernels use fused multiply-add where the engine has it. Then the bits depend on the processor. */
  readonly relaxedSimd: boolean;
  /** The reference's kernels, for operators that have none in WebAssembly. */
  readonly fallback: Kernels<Float32Array>;
}

/** @throws BackendUnavailableError if the engine has no WebAssembly with SIMD, or refuses to compile it */
export function openWasm({ relaxedSimd, fallback }: WasmOptions): WasmRuntime {
  const missing = whyNoWasm();
  if (missing) throw new BackendUnavailableError(`createBackend: no WebAssembly here; ${missing}`);
  const crew = new SingleThread();
  const relaxed = relaxedSimd && hasRelaxedSimd();
  return new WasmRuntime({
    memory: new LinearMemory(false, 0),
    crew,
    info: {
      vendor: "",
      architecture: "wasm",
      description: `WebAssembly SIMD${relaxed ? ", relaxed" : ""}`,
      software: true,
      threads: crew.threads,
    },
    relaxedSimd: relaxed,
    fallback,
  });
}
