import type { Inputs } from "./operands.js";
import type { Task } from "./tasks.js";

/** The library, or a peer of it, on one device. */
export interface Contender {
  readonly name: string;
  /**
   * Uploads the inputs and makes what the operator needs beside them.
   *
   * @returns undefined where the contender has no such operator
   */
  prepare(task: Task, inputs: Inputs): Prepared | undefined;
  /** Frees everything but the device. @throws (rejects) where the device refused some of the work */
  close(): Promise<void>;
}

/** One operator on one set of inputs, ready to be run again and again. */
export interface Prepared {
  /** Queues the operator, whose output is dropped. */
  run(): void;
  /** Hands everything queued to the device. */
  submit(): void;
  /** Runs the operator and brings its output to the host. */
  read(): Promise<Float32Array>;
  /** Runs the operator once: its kernels' milliseconds together, by the device's own clock; undefined where that cannot be read. */
  kernelMilliseconds?(): Promise<number | undefined>;
  /** What the contender tells of its way of doing it; for the columns of the table that are shown where one tells. */
  readonly explanation?: Explanation;
}

export interface Explanation {
  /** The kernel, its tiles and slices. */
  readonly plan: string;
  readonly workspaceBytes: number;
}
