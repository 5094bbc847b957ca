import type { Inputs } from "./operands.js";
import type { Task } from "./tasks.js";

/** The library or a peer, on one device. */
export interface Contender {
  readonly name: string;
  /**
   * Uploads the inputs and prepares the operator.
   *
   * @returns undefined if the contender does not have this operator
   */
  prepare(task: Task, inputs: Inputs): Prepared | undefined;
  /** Frees everything but the device. @throws (rejects) if the device refused some of the work */
  close(): Promise<void>;
}

/** One operator on one set of inputs, ready for many runs. */
export interface Prepared {
  /** Queues the operator and drops its output. */
  run(): void;
  /** Submits all queued work to the device. */
  submit(): void;
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
