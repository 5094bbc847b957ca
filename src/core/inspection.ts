import type { Shape } from "./shape.js";

/** One run of a kernel, as it would be. */
export interface ExplainedDispatch {
  /** The path of its shader, such as "shaders/conv/conv2d/implicitGemm.wgsl". */
  readonly kernel: string;
  /** What the shader was specialised with: its tiles, its switches. */
  readonly constants: Readonly<Record<string, number | boolean>>;
  readonly invocations: number;
  /** Estimated. */
  readonly operations: number;
}

/** How an operator would be computed. */
export interface ExplainedOperator {
  readonly operator: string;
  readonly dispatches: readonly ExplainedDispatch[];
  /** Memory that is held until the end of the call, beside inputs and outputs. */
  readonly workspaceBytes: number;
}

/** The operators that were called, in order, and how each would be computed. */
export interface Explanation {
  readonly operators: readonly ExplainedOperator[];
  /** A line for each dispatch: kernel, tiles, invocations, operations. */
  toString(): string;
}

/** All runs of one kernel for one operator. */
export interface ProfiledKernel {
  readonly operator: string;
  /** The path of its shader, such as "shaders/pool/maxPool2d.wgsl"; on a CPU runtime its kind. */
  readonly kernel: string;
  readonly dispatches: number;
  /** Together, on the device's own clock; undefined where the device has none that can be read (no "timestamp-query"). */
  readonly milliseconds: number | undefined;
  /** Estimated; a multiply-add counts as two. */
  readonly operations: number;
  /** Of its tensors, each counted once a run. */
  readonly bytes: number;
}

/** Where the time of some work went. */
export interface Profile {
  /** In the order of their first run. */
  readonly kernels: readonly ProfiledKernel[];
  /** From the first call until the device was done, by the host's clock; compiling included. */
  readonly milliseconds: number;
  /** A table: operator, kernel, runs, milliseconds, GFLOP/s, GB/s. */
  toString(): string;
}

/** How one output of one operator compared with the CPU reference. */
export interface ValidationReport {
  readonly operator: string;
  /** The output's name, such as "dx". */
  readonly tensor: string;
  readonly shape: Shape;
  /** The largest |y − ŷ|. */
  readonly largestError: number;
  /** The largest share of its own bound that any element's error takes: at most 1 where the promise holds. */
  readonly largestShare: number;
}
