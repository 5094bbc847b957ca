import type { Inputs } from "./operands.js";
import type { Task } from "./tasks.js";
import type { Timed } from "./timing.js";

/** The library or a peer. It knows on what it runs; the bench does not. */
export interface Contender {
  readonly name: string;
  /**
   * Prepares the operator, and waits until its inputs are where it computes.
   *
   * @returns undefined if the contender does not have this operator
   */
  prepare(task: Task, inputs: Inputs): Promise<Prepared | undefined>;
  /** Frees what it has made. @throws (rejects) if some of the work was refused */
  close(): Promise<void>;
}

/** One operator on one set of inputs, ready for many runs. A run computes the output and drops it. */
export interface Prepared extends Timed {
  /** Runs the operator and reads its output. */
  read(): Promise<Float32Array>;
  /** Runs the operator once. Returns the time of all its kernels in milliseconds, by the device's clock; undefined if there is none. */
  kernelMilliseconds?(): Promise<number | undefined>;
  /** How the contender computes it. The table shows these columns only if a contender fills them. */
  readonly explanation?: Explanation;
}

export interface Explanation {
  /** The kernel with its tiles and slices. */
  readonly plan: string;
  readonly workspaceBytes: number;
}
