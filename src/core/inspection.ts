import type { BackendInfo, BackendKind, BufferMemory, RecordingPlan } from "./runtime.js";
import type { Shape } from "./shape.js";

/** One launch of a kernel that an operator would make. */
export interface ExplainedDispatch {
  /** The path of its shader, such as "shaders/conv/conv2d/implicitGemm.wgsl". */
  readonly kernel: string;
  /** The values of the shader's overrides: its tiles and switches. */
  readonly constants: Readonly<Record<string, number | boolean>>;
  /** How often the shader runs, once for each invocation of its workgroups. */
  readonly invocations: number;
  /** Estimated. */
  readonly operations: number;
}

/** How an operator is computed. */
export interface ExplainedOperator {
  /** The name of the operator, such as "conv2d". */
  readonly operator: string;
  /** Its launches, in order. */
  readonly dispatches: readonly ExplainedDispatch[];
  /** Memory that the operator uses until its call ends, beside inputs and outputs. */
  readonly workspaceBytes: number;
  /** Estimated, from the geometry alone: the same on every kind of backend. A multiply-add counts as two. */
  readonly operations: number;
}

/** The operators that were called, in order, and how each is computed. */
export interface Explanation {
  /** In the order of the calls. */
  readonly operators: readonly ExplainedOperator[];
  /** A line for each dispatch: kernel, tiles, invocations, operations. */
  toString(): string;
}

/** All runs of one kernel for one operator. */
export interface ProfiledKernel {
  /** The name of the operator, such as "conv2d". */
  readonly operator: string;
  /** The path of its shader, such as "shaders/pool/maxPool2d.wgsl". On a CPU runtime, the runtime's kind. */
  readonly kernel: string;
  /** How often it ran. */
  readonly dispatches: number;
  /** The sum of all runs, by the device's own clock. Undefined if the device has no "timestamp-query". */
  readonly milliseconds: number | undefined;
  /** Estimated; a multiply-add counts as two. */
  readonly operations: number;
  /** The bytes of its tensors. In each run, each tensor counts once. */
  readonly bytes: number;
}

/** The time that the kernels of some work took. */
export interface Profile {
  /** In the order of their first run. */
  readonly kernels: readonly ProfiledKernel[];
  /** From the first call until the device is done, by the host's clock. It includes compiling. */
  readonly milliseconds: number;
  /** A table: operator, kernel, runs, milliseconds, GFLOP/s, GB/s. */
  toString(): string;
}

/** The comparison of one output of one operator with the CPU reference. */
export interface ValidationReport {
  /** The name of the operator, such as "conv2d". */
  readonly operator: string;
  /** The output's name, such as "dx". */
  readonly tensor: string;
  /** The extents of the output. */
  readonly shape: Shape;
  /** The largest distance of y and ŷ. */
  readonly largestError: number;
  /** The largest error of an element, divided by that element's bound. At most 1 if the promise holds. */
  readonly largestShare: number;
}

/** A backend's memory in numbers. */
export interface BackendMemory extends BufferMemory {
  /**
   * Live handles. A tensor, each of its reshapes and a variable count one each. Tensors that `variable.value` gives
   * outside of scopes do not count.
   */
  readonly tensors: number;
}

/** A backend as JSON. */
export interface BackendInJson {
  /** As `backend.kind`. */
  readonly kind: BackendKind;
  /** As `backend.reason`. */
  readonly reason: string | undefined;
  /** As `backend.info`. */
  readonly info: BackendInfo;
}

/** The size of a recorded step. It is known before the step runs. */
export interface StepPlan extends RecordingPlan {
  /** The bytes of the places for the inputs. */
  readonly inputBytes: number;
  /** The sum of buffers, inputs and variables. */
  readonly peakBytes: number;
  toString(): string;
}

/** A recorded step as JSON: the shapes of its inputs and outputs, by name. */
export interface StepInJson {
  /** The shape of each input. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** The shape of each output. */
  readonly outputs: Readonly<Record<string, Shape>>;
}
