import { KernelError, OutOfMemoryError } from "../../core/errors.js";
import type { Choices, Executor, Runtime } from "../../core/runtime.js";

/** Runs of one measurement. They are queued together, because one small operator costs less than a submission. */
const RUNS = 4;
const MEASUREMENTS = 3;

/**
 * Times every family that the operators in `work` could choose, one choice after the other. The fastest stays chosen.
 *
 * @param work runs the operators on an executor. It is called many times
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

/** The milliseconds of a few runs: the least of several measurements. Kernels are compiled before. */
async function time(runtime: Runtime, work: (executor: Executor) => void, choices: Choices): Promise<number> {
  // A kernel that does not compile would seem to take no time.
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

/** A candidate drops out if this device cannot compile it, or has no memory for it. */
function infiniteIfUnable(error: unknown): number {
  if (error instanceof KernelError || error instanceof OutOfMemoryError) return Infinity;
  throw error;
}
