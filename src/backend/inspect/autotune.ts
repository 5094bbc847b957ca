import { KernelError, OutOfMemoryError } from "../../core/errors.js";
import type { Choice } from "../../core/operation.js";
import type { GpuRuntime } from "../../runtime/webgpu/runtime.js";

/** Runs of one measurement, queued together, so that a small operator is seen above the cost of a submit. */
const RUNS = 4;
const MEASUREMENTS = 3;

/**
 * Times every kernel that the operators inside `work` could choose, one choice after the other, and leaves the fastest chosen.
 *
 * @param work runs the operators; called many times
 */
export async function autotune(runtime: GpuRuntime, work: () => void): Promise<void> {
  for (const { key, candidates } of choicesIn(runtime, work)) {
    const before = runtime.tuning;
    let best: { readonly candidate: string; readonly milliseconds: number } | undefined;
    try {
      for (const candidate of candidates) {
        runtime.tuning = { ...before, [key]: candidate };
        const milliseconds = await time(runtime, work).catch(infiniteIfUnable);
        if (milliseconds < (best?.milliseconds ?? Infinity)) best = { candidate, milliseconds };
      }
    } finally {
      runtime.tuning = best ? { ...before, [key]: best.candidate } : before;
    }
  }
}

/** What there is to choose, each once. */
function choicesIn(runtime: GpuRuntime, work: () => void): Choice[] {
  const choices = new Map<string, Choice>();
  runtime.traced(
    {
      launch: (_, { choice }) => {
        if (choice && choice.candidates.length > 1) choices.set(choice.key, choice);
      },
    },
    work,
  );
  return [...choices.values()];
}

/** Milliseconds for a few runs, the best of some measurements; what has to be compiled is so before. */
async function time(runtime: GpuRuntime, work: () => void): Promise<number> {
  // A kernel that does not compile would run in no time.
  await runtime.compile(work);
  work();
  await runtime.settled();
  let best = Infinity;
  for (let i = 0; i < MEASUREMENTS; i++) {
    const start = performance.now();
    for (let run = 0; run < RUNS; run++) work();
    await runtime.settled();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** A candidate that this device cannot compile, or has no memory for, is none. */
function infiniteIfUnable(error: unknown): number {
  if (error instanceof KernelError || error instanceof OutOfMemoryError) return Infinity;
  throw error;
}
