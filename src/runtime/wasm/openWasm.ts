import { BackendUnavailableError } from "../../core/errors.js";
import type { Kernels } from "../../core/kernels.js";
import { type Crew, SingleThread } from "./commands/crew.js";
import { LinearMemory } from "./memory/linearMemory.js";
import { WasmRuntime } from "./runtime.js";
import { hasRelaxedSimd, whyNoWasm } from "./support.js";
import { RESERVED_BYTES } from "./threads/layout.js";
import { ThreadedCrew } from "./threads/threadedCrew.js";
import type { Threads } from "./threads/threads.js";

export interface WasmOptions {
  /** The number of threads, the caller's included. */
  readonly threads: number | undefined;
  readonly starter: Threads;
  /** Whether kernels use fused multiply-add where the engine has it. Then the bits depend on the processor. */
  readonly relaxedSimd: boolean;
  /** The reference's kernels, for operators that have none in WebAssembly. */
  readonly fallback: Kernels<Float32Array>;
}

/** @throws BackendUnavailableError if the engine has no WebAssembly with SIMD, or refuses to compile it */
export async function openWasm({ threads, starter, relaxedSimd, fallback }: WasmOptions): Promise<WasmRuntime> {
  const missing = whyNoWasm();
  if (missing) throw new BackendUnavailableError(`createBackend: no WebAssembly here; ${missing}`);
  const wanted = threads ?? starter.usual;
  const { memory, crew, reason } = await openThreads(starter, wanted);
  const relaxed = relaxedSimd && hasRelaxedSimd();
  return new WasmRuntime({
    memory,
    crew,
    info: {
      vendor: "",
      architecture: "wasm",
      description: `WebAssembly SIMD${relaxed ? ", relaxed" : ""}`,
      software: true,
      threads: crew.threads,
      whyFewerThreads: crew.threads < wanted ? (reason ?? "the engine did not start them all") : undefined,
    },
    relaxedSimd: relaxed,
    fallback,
  });
}

interface OpenThreads {
  readonly memory: LinearMemory;
  readonly crew: Crew;
  /** Why there is one thread. */
  readonly reason?: string | undefined;
}

async function openThreads(starter: Threads, wanted: number): Promise<OpenThreads> {
  const reason = starter.whyNone;
  if (wanted > 1 && reason === undefined) {
    const memory = new LinearMemory(true, RESERVED_BYTES);
    const crew = await ThreadedCrew.start(memory.memory, starter, wanted);
    if (crew.threads > 1) return { memory, crew };
  }
  // Memory that is not shared needs no permission.
  return { memory: new LinearMemory(false, 0), crew: new SingleThread(), reason };
}
