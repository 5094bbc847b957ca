import type { ProgramFunction, ProgramListener } from "./programs.js";
import type { Task } from "./taskQueue.js";
import type { Job } from "./work.js";

/** Runs the jobs of calls, on one thread or several. */
export interface Crew extends ProgramListener {
  /** The number of threads, the caller's included. */
  readonly threads: number;
  /** A task that runs all jobs of a call. */
  call(program: ProgramFunction, jobs: readonly Job[]): Task;
  /** Ends the other threads. */
  dismiss(): void;
}

/** The calling thread alone. */
export class SingleThread implements Crew {
  readonly threads = 1;

  added(): void {}

  call({ call }: ProgramFunction, jobs: readonly Job[]): Task {
    let next = 0;
    return {
      advance(until) {
        for (;;) {
          const job = jobs[next];
          if (!job) return true;
          call(...job);
          next++;
          if (next < jobs.length && performance.now() >= until) return false;
        }
      },
    };
  }

  dismiss(): void {}
}
