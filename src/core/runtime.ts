import type { BackendLostError } from "./errors.js";
import type { Launch, Named, Operation } from "./operation.js";
import type { Storage } from "./storage.js";

/** Where a backend's work runs. */
export type BackendKind = "webgpu" | "wasm" | "cpu";

/** Describes the adapter of a backend, WebAssembly, or the CPU reference. */
export interface BackendInfo {
  /** The maker of the adapter, such as "nvidia". It may be "". */
  readonly vendor: string;
  /** The family of the adapter, such as "hopper". It may be "". */
  readonly architecture: string;
  /** The name of the adapter or the processor, in words. It may be "". */
  readonly description: string;
  /** True for WebAssembly, for the CPU reference and for a software adapter: the CPU does the work. */
  readonly software: boolean;
  /** The threads that compute, the caller's included. Undefined for WebGPU. */
  readonly threads?: number | undefined;
  /** Why WebAssembly has fewer threads than it was asked for. */
  readonly whyFewerThreads?: string | undefined;
}

/** The reason why the device of a backend is lost. */
export interface BackendLostInfo {
  /** "destroyed": by `backend.destroy()` or by the device's owner. "unknown": by the driver or the browser. */
  readonly reason: "destroyed" | "unknown";
  /** What happened, in words. */
  readonly message: string;
}

/**
 * The memory of tensors, in bytes. Buffers for `Params` do not count, nor do up to 64 MiB of buffers for reading back.
 */
export interface BufferMemory {
  /** The bytes of live storages: 4 for each element. A tensor and its reshapes count once. */
  readonly liveBytes: number;
  /** The bytes of idle buffers that are kept for reuse. */
  readonly pooledBytes: number;
  /** The highest `liveBytes` so far. It includes the workspace of operators. */
  readonly peakBytes: number;
}

/**
 * Takes operations, and makes the memory of tensors. A runtime is an executor. Other executors record, trace, measure
 * or compare; they are passed to the work that they are for.
 */
export interface Executor {
  /** Copies the values. @throws OutOfMemoryError */
  upload(operator: string, values: Float32Array): Storage;
  /** Memory whose every element is `value`. @throws OutOfMemoryError */
  fill(operator: string, elements: number, value: number): Storage;
  /**
   * Allocates the outputs and queues the work. It never waits: the runtime decides when the work runs.
   *
   * @throws OutOfMemoryError
   */
  run(operation: Operation, inputs: Named<Storage>): Record<string, Storage>;
}

/**
 * A runtime's part of a variable. It holds the storage with the present values. It may have a place, which recorded
 * steps write.
 */
export interface Cell {
  /** The present values. They never change: an assignment puts another storage here. @throws DisposedError */
  readonly storage: Storage;
  /** From now on, the variable has the values of `storage`. */
  assign(storage: Storage): void;
  /** Takes values from the host, after all queued work. */
  write(values: Float32Array): void;
  dispose(): void;
}

/** Gets the operations that a tracer notes. */
export interface Trace {
  operator?(name: string): void;
  /** A launch of the operator that `operator` named last. */
  launch?(operator: string, launch: Launch): void;
  workspace?(bytes: number): void;
}

/** One measured run of a kernel. */
export interface MeasuredRun {
  readonly operator: string;
  /** The path of its shader. On a CPU runtime, the runtime's kind. */
  readonly kernel: string;
  /** Estimated; a multiply-add counts as two. */
  readonly operations: number;
  /** The bytes of its tensors. Each tensor counts once. */
  readonly bytes: number;
  /** By the device's own clock. Undefined if the device has no timestamps. */
  readonly milliseconds: number | undefined;
}

/** Records operations. It runs none. Its placeholders stand for values that only a replay computes. */
export interface Recorder extends Executor {
  /** A placeholder for an input of each replay. `replay` takes its inputs in the order of these calls. */
  input(elements: number): Storage;
  /** A placeholder for the values of a variable when a replay begins. */
  variable(cell: Cell): Storage;
  /** Ends the recording. Whether it throws or not, the recorder holds nothing afterwards. */
  finish(outcome: RecordedOutcome): Recording;
  /** Ends without a recording, and releases everything. */
  discard(): void;
}

/** The results and assignments of each replay. */
export interface RecordedOutcome {
  /** The storages whose values `replay` returns. */
  readonly results: readonly Storage[];
  /** A replay makes the assignments at its end, as if all at the same time. */
  readonly assignments: readonly { readonly cell: Cell; readonly from: Storage }[];
}

/** Recorded operations, which can be run again and again. */
export interface Recording {
  /** Undefined if a replay runs the operations one by one. */
  readonly plan: RecordingPlan | undefined;
  /**
   * The values that the next replay reads besides its inputs: captured tensors, and the present values of variables.
   */
  readonly sources: readonly Storage[];
  /**
   * Runs the operations once more. If they block the thread, it yields between them, so the caller can wait for a turn.
   *
   * @param inputs a storage or numbers for each `input`
   * @param executor the executor of the scope in which the step runs
   * @returns the results. Later replays do not change their values
   * @throws DisposedError if a variable was disposed of, before anything changes; OutOfMemoryError
   */
  replay(inputs: readonly (Storage | Float32Array)[], executor: Executor): Generator<void, readonly Storage[], void>;
  dispose(): void;
}

/** The size of a recording. */
export interface RecordingPlan {
  /** Launches of a replay. */
  readonly dispatches: number;
  /** Submissions of a replay. */
  readonly submits: number;
  /** Buffers for computed values. Values that are not in use at the same time share a buffer. */
  readonly buffers: number;
  /** The bytes of these buffers. */
  readonly bufferBytes: number;
  /** The bytes of the same values if each had a buffer of its own. */
  readonly unsharedBytes: number;
  /** The bytes of the variables that the step reads or assigns. */
  readonly variableBytes: number;
}

/** GPU buffers that the caller shares with the library. */
export interface SharedBuffers {
  /** Whether a value is a buffer, of this device or of another one. */
  isBuffer(value: unknown): value is GPUBuffer;
  /** Wraps a caller's buffer. It is never written, pooled or destroyed. @throws OptionError if it lacks a usage */
  wrap(operator: string, buffer: GPUBuffer, elements: number): Storage;
  /** The storage's buffer, after a flush. The pool never reuses it. */
  expose(storage: Storage): GPUBuffer;
}

/** Families that were chosen for a device, by the key of the choice. */
export type Choices = Readonly<Record<string, string>>;

/** Holds tensors' memory and carries out operations. No code outside src/runtime asks for its kind. */
export interface Runtime extends Executor {
  readonly kind: BackendKind;
  readonly info: BackendInfo;
  /** Resolves when the runtime can no longer be used. */
  readonly lost: Promise<BackendLostInfo>;
  /** Set when the runtime is lost. Every later call throws it. */
  readonly lostError: BackendLostError | undefined;
  /** Undefined if memory does not consist of GPU buffers. */
  readonly sharedBuffers: SharedBuffers | undefined;
  /** Takes over the caller's reference on `storage`. */
  cell(storage: Storage): Cell;
  memory(): BufferMemory;
  /** Submits all queued work before it returns. */
  flush(): void;
  /** Waits for all queued work. Rejects with an error that no read would report. */
  settled(): Promise<void>;
  /** An executor that notes operations in `trace`. It computes nothing. */
  tracer(trace: Trace): Executor;
  /**
   * Compiles the kernels of the operations that `rehearse` runs, without blocking, and waits for the compiler.
   *
   * @param choices used instead of the runtime's choices
   */
  compile(rehearse: (executor: Executor) => void, choices?: Choices): Promise<void>;
  recorder(): Recorder;
  /** Runs `work` with an executor that measures. */
  profile(work: (executor: Executor) => void): Promise<readonly MeasuredRun[]>;
  /** The choices that autotuning has made so far. */
  readonly choices: Choices;
  /** An executor that uses these choices instead of the runtime's. */
  choosing(choices: Choices): Executor;
  /** From now on, the runtime uses these choices. */
  adopt(choices: Choices): void;
  destroy(): void;
}
