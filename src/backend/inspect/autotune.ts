import { KernelError, OutOfMemoryError } from "../../core/errors.js";
import type { Choices, Executor, Runtime } from "../../core/runtime.js";
import { CandidateCheck } from "./candidateCheck.js";
import { choicesIn } from "./choicesIn.js";

/** Runs of one measurement. They are queued together, because one small operator costs less than a submission. */
const RUNS = 4;
const MEASUREMENTS = 3;

/**
 * Checks and times every family that the operators in `work` could choose, one choice after the other. The fastest one
 * with correct values stays chosen.
 *
 * @param work runs the operators on an executor. It is called many times
 */
export async function autotune(runtime: Runtime, work: (executor: Executor) => void): Promise<void> {
  for (const { key, candidates, operations } of choicesIn(runtime, work)) {
    const before = runtime.choices;
    const check = new CandidateCheck(runtime, key, operations);
    let best: { readonly candidate: string; readonly milliseconds: number } | undefined;
    for (const candidate of candidates) {
      const choices = { ...before, [key]: candidate };
      const milliseconds = await timeIfRight(runtime, work, choices, check, candidate).catch(infiniteIfUnable);
      if (milliseconds < (best?.milliseconds ?? Infinity)) best = { candidate, milliseconds };
    }
    if (best) runtime.adopt({ ...before, [key]: best.candidate });
  }
}

/** The milliseconds of a candidate, or Infinity if its values are wrong. */
async function timeIfRight(
  runtime: Runtime,
  work: (executor: Executor) => void,
  choices: Choices,
  check: CandidateCheck,
  candidate: string,
): Promise<number> {
  // Without this check, a kernel that does not compile would seem to take no time.
  await runtime.compile(work, choices);
  const mistake = await check.mistakeOf(choices);
  if (mistake === undefined) return time(runtime, work, choices);
  warnOnce(runtime, candidate, mistake);
  return Infinity;
}

/** The milliseconds of a few runs: the minimum of several measurements. Kernels are compiled before. */
async function time(runtime: Runtime, work: (executor: Executor) => void, choices: Choices): Promise<number> {
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

/** The operators and candidates that a warning has named. */
const warned = new WeakMap<Runtime, Set<string>>();

/** Warns once for an operator and a candidate: they are likely to be wrong for other geometries too. */
function warnOnce(runtime: Runtime, candidate: string, { operator, words }: { operator: string; words: string }): void {
  const known = warned.get(runtime) ?? new Set<string>();
  warned.set(runtime, known);
  const name = `${operator} by ${candidate}`;
  if (known.has(name)) return;
  known.add(name);
  console.warn(
    `webgpu-cnn: autotune passes over ${name}, because its values are wrong on this device: ${words}. The driver or the kernel is to blame. This is said once only.`,
  );
}
