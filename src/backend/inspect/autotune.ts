import { KernelError, OutOfMemoryError } from "../../core/errors.js";
import type { Choices, Executor, Runtime } from "../../core/runtime.js";

/** Runs of one measurement, queued together, so that a small operator is seen above the cost of a submit. */
const RUNS = 4;
const MEASUREMENTS = 3;

/**
 * Times every kernel that the operators inside `work` could choose, one choice after the other, and leaves the fastest
 * chosen.
 *
 * @param work runs the operators on an executor; called many times
 */
export async function autotune(runtime: Runtime, work: (executor: Executor) => void): Promise<void> {
  for (const { key, candidates } of runtime.choicesIn(work)) {
    const before = runtime.choices;
    let best: { readonly candidate: string; readonly milliseconds: number } | undefined;
    for (const candidate of candidates) {
      const choices = { ...before, [key]: candidate };
      const milliseconds = await time(runtime, work, choices).catch(infiniteIfUnable);
      if (milliseconds < (best?.milliseconds ?? Infinity)) best = { candidate, milliseconds };
    }
    if (best) runtime.adopt({ ...before, [key]: best.candidate });
  }
}

/** Milliseconds for a few runs, the best of some measurements; what has to be compiled is so before. */
async function time(runtime: Runtime, work: (executor: Executor) => void, choices: Choices): Promise<number> {
  // A kernel that does not compile would run in no time.
  await runtime.compile(work, choices);
  const executor = runtime.choosing(choices);
  work(executor);
  await runtime.settled();
  let best = Infinity;
  for (let i = 0; i < MEASUREMENTS; i++) {
    const start = performance.now();
    for (let run = 0; run < RUNS; run++) work(executor);
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
