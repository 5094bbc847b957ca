import { BackendUnavailableError } from "../../core/errors.js";
import type { Kernels } from "../../core/kernels.js";
import { type Crew, SingleThread } from "./commands/crew.js";
import { LinearMemory } from "./memory/linearMemory.js";
import { WasmRuntime } from "./runtime.js";
import { hasRelaxedSimd, whyNoWasm } from "./support.js";
import { MOST_THREADS, RESERVED_BYTES } from "./threads/layout.js";
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
      whyFewerThreads: crew.threads < wanted ? reason : undefined,
    },
    relaxedSimd: relaxed,
    fallback,
  });
}

interface OpenThreads {
  readonly memory: LinearMemory;
  readonly crew: Crew;
  /** Why there are fewer threads than wanted. */
  readonly reason?: string | undefined;
}

async function openThreads(starter: Threads, wanted: number): Promise<OpenThreads> {
  if (wanted === 1 || starter.whyNone !== undefined) return alone(starter.whyNone);
  let memory: LinearMemory;
  try {
    memory = new LinearMemory(true, RESERVED_BYTES);
  } catch (error) {
    return alone(`the engine gives no shared memory (${messageOf(error)})`);
  }
  const crew = await ThreadedCrew.start(memory.memory, starter, wanted);
  const notStarted = "the engine did not start them all";
  if (crew.threads === 1) return alone(notStarted);
  return { memory, crew, reason: crew.threads === MOST_THREADS ? `there are at most ${MOST_THREADS}` : notStarted };
}

/** One thread. Memory that is not shared needs no permission. */
function alone(reason: string | undefined): OpenThreads {
  try {
    return { memory: new LinearMemory(false, 0), crew: new SingleThread(), reason };
  } catch (error) {
    throw new BackendUnavailableError(
      `createBackend: no WebAssembly here; the engine gives it no memory (${messageOf(error)})`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
