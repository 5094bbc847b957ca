import type { ControlLayout } from "./layout.js";

/** What a thread gets when it starts. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory;
  readonly layout: ControlLayout;
  readonly index: number;
}

/** A running thread. */
export interface Thread {
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  terminate(): void;
}

/** How an environment starts threads. */
export interface Threads {
  /** The number of threads that is used if nobody says how many, the caller's included. */
  readonly usual: number;
  /** Why there can be only one thread. Undefined if there may be more. */
  readonly whyNone: string | undefined;
  /**
   * Starts a thread that calls `program(memory, layout, index, ready)`.
   *
   * @param program the text of a function that refers to nothing outside
   * @returns the thread, after it has called `ready`. Rejects if it does not start
   */
  start(program: string, data: ThreadData): Promise<Thread>;
}

/** The threads that are used if nobody says how many, on a machine with many cores. */
export const MOST_USUAL_THREADS = 8;
