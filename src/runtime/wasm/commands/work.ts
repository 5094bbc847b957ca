import type { ModuleBuilder } from "../assembler/moduleBuilder.js";
import type { Span } from "../memory/linearMemory.js";
import type { Program, ProgramFunction } from "./programs.js";

/** The arguments of one job: addresses and counts. */
export type Job = readonly number[];

/**
 * What a kernel works with. A kernel plans: it gets programs and workspaces, and queues jobs. The jobs run later, in
 * the order of the calls.
 *
 * The jobs of one call are independent, and may run on several threads at once. A job reads the kernel's inputs and
 * writes its own part of an output. Running it twice gives the same result as running it once. Jobs are cut by the
 * shapes, never by the number of threads, so the bits are the same for any number of threads.
 */
export interface Work {
  /** Whether kernels may use `relaxedMadd`. Then the bits depend on the processor. */
  readonly relaxedSimd: boolean;
  /**
   * A compiled module.
   *
   * @param key names everything that `write` depends on besides `relaxedSimd`
   */
  program(key: string, write: (module: ModuleBuilder) => void): Program;
  /** Memory of unspecified content, until the operator's last job. @throws OutOfMemoryError */
  workspace(elements: number): Span;
  /** Queues the jobs of one call. */
  run(program: ProgramFunction, jobs: readonly Job[]): void;
  /**
   * Queues a function of the host as one job.
   *
   * @param task gets a view of memory for each span. It must not keep them
   */
  runOnHost(task: (view: (span: Span) => Float32Array) => void): void;
}

/** The range 0 … `count` in `pieces` even parts, or fewer if there is less to share. */
export function evenly(count: number, pieces: number): readonly { readonly first: number; readonly end: number }[] {
  const parts = Math.max(1, Math.min(count, Math.ceil(pieces)));
  return Array.from({ length: parts }, (_, i) => ({
    first: Math.floor((count * i) / parts),
    end: Math.floor((count * (i + 1)) / parts),
  }));
}

/** The multiply-adds, or other short operations, of one job: some 0.2 ms. */
export const WORK_OF_JOB = 2 ** 21;

/**
 * Jobs of a function whose last two parameters are the first of some units and the unit after the last.
 *
 * @param workPerUnit the multiply-adds of one unit
 */
export function split(args: Job, units: number, workPerUnit: number): readonly Job[] {
  return evenly(units, (units * workPerUnit) / WORK_OF_JOB).map(({ first, end }) => [...args, first, end]);
}
