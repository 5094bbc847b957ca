import type { BackendLostError } from "./errors.js";
import type { Choice, Launch, Named, Operation } from "./operation.js";
import type { Storage } from "./storage.js";

/** What a backend runs on. */
export interface BackendInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True where a processor does the work: the CPU reference, or a WebGPU adapter that is not a GPU. */
  readonly software: boolean;
}

/** Why a backend's device is gone. */
export interface BackendLostInfo {
  /** "destroyed" by `backend.destroy()` or by the device's owner; "unknown" where the driver or the browser took it. */
  readonly reason: "destroyed" | "unknown";
  readonly message: string;
}

/** Bytes in use by tensors. Buffers that pass values to and fro do not count: those of `Params`, and up to 64 MiB for reading back. */
export interface BufferMemory {
  /** Held by live storages: 4 bytes an element, reshapes counted once. */
  readonly liveBytes: number;
  /** Idle buffers kept for reuse. */
  readonly pooledBytes: number;
  /** The highest `liveBytes` so far, the workspace of operators included. */
  readonly peakBytes: number;
}

/**
 * Takes operations and makes tensors' memory. A runtime is one. What records, traces or measures is another,
 * and is passed to the work that it is for.
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

/** Holds what a variable is. It may have memory of its own, which recorded steps write in place. */
export interface Cell {
  /** The values as they are now. They never change: an assignment puts another storage here. */
  readonly storage: Storage;
  /** Takes a storage's values from here on. */
  assign(storage: Storage): void;
  /** Takes values from the host, after all that is queued. */
  write(values: Float32Array): void;
  dispose(): void;
}

/** Notes operations where nothing is computed. */
export interface Trace {
  operator?(name: string): void;
  /** A launch of the operator that was named last. */
  launch?(operator: string, launch: Launch): void;
  workspace?(bytes: number): void;
}

/** One kernel's run, measured. */
export interface MeasuredRun {
  readonly operator: string;
  /** The path of its shader; on a CPU runtime the runtime's kind. */
  readonly kernel: string;
  /** Estimated; a multiply-add counts as two. */
  readonly operations: number;
  /** Of its tensors, each counted once. */
  readonly bytes: number;
  /** On the device's own clock; undefined where it has none that can be read. */
  readonly milliseconds: number | undefined;
}

/** Records operations in place of running them. Its placeholders stand for what only a replay will know. */
export interface Recorder extends Executor {
  /** Stands for an input of each replay. Inputs are replayed in the order of these calls. */
  input(elements: number): Storage;
  /** Stands for what a variable holds when a replay begins. */
  variable(cell: Cell): Storage;
  /** Ends the recording. Whether it throws or not, the recorder holds nothing afterwards. */
  finish(outcome: RecordedOutcome): Recording;
  /** Gives up, and lets go of everything. */
  discard(): void;
}

/** What a replay gives. */
export interface RecordedOutcome {
  /** Storages whose values are asked for. */
  readonly results: readonly Storage[];
  /** Assigned at the end of each replay, as if all at once. */
  readonly assignments: readonly { readonly cell: Cell; readonly from: Storage }[];
}

/** Recorded operations, which can be run again and again. */
export interface Recording {
  /** Undefined where operations are run one by one, as if they were called. */
  readonly plan: RecordingPlan | undefined;
  /**
   * Runs the operations once more. It stops between operations that block the thread, so that the caller may let others have a turn.
   *
   * @param inputs a storage or numbers for each `input`
   * @param executor the one that is in force where the step is run
   * @returns the results. Each keeps its values for as long as it is held, whatever is replayed later
   */
  replay(inputs: readonly (Storage | Float32Array)[], executor: Executor): Generator<void, readonly Storage[], void>;
  dispose(): void;
}

/** What a recording takes. */
export interface RecordingPlan {
  readonly dispatches: number;
  /** Submits of a replay. */
  readonly submits: number;
  /** Buffers that hold what is computed under way, reused by lifetime, and their bytes. */
  readonly buffers: number;
  readonly bufferBytes: number;
  /** What the same would take if each tensor had a buffer of its own. */
  readonly unsharedBytes: number;
  /** Of the variables that the step reads or assigns. */
  readonly variableBytes: number;
}

/** GPU buffers that the caller shares with the library. */
export interface SharedBuffers {
  /** Wraps a buffer of the caller's, which is never written, pooled or destroyed. @throws OptionError where its usages do not do */
  wrap(operator: string, buffer: GPUBuffer, elements: number): Storage;
  /** The storage's buffer, after a flush, out of pooling for good. */
  expose(storage: Storage): GPUBuffer;
}

/** Kernels that were tuned for a device, by the key of the choice. */
export type Choices = Readonly<Record<string, string>>;

/** Where tensors live and operations run. No code outside src/runtime asks which one it is. */
export interface Runtime extends Executor {
  readonly kind: "webgpu" | "cpu";
  readonly info: BackendInfo;
  /** Resolves when the runtime can no longer be used. */
  readonly lost: Promise<BackendLostInfo>;
  /** Set once it is lost: what every later call throws. */
  readonly lostError: BackendLostError | undefined;
  /** Undefined where memory is not made of GPU buffers. */
  readonly sharedBuffers: SharedBuffers | undefined;
  /** Takes over the caller's reference on `storage`. */
  cell(storage: Storage): Cell;
  memory(): BufferMemory;
  /** Submits what is queued, before it returns. */
  flush(): void;
  /** Waits for all queued work; rejects where something went wrong that no read will tell. */
  settled(): Promise<void>;
  /** Hands operations to `trace` in place of running them. */
  tracer(trace: Trace): Executor;
  /**
   * Compiles what the operations of `rehearse` need, without blocking, and waits for the compiler.
   *
   * @param choices in place of the runtime's
   */
  compile(rehearse: (executor: Executor) => void, choices?: Choices): Promise<void>;
  recorder(): Recorder;
  /** Runs `work` with an executor that measures. */
  profile(work: (executor: Executor) => void): Promise<readonly MeasuredRun[]>;
  /** What autotuning chose so far. */
  readonly choices: Choices;
  /** What there is to choose in the operations of `rehearse`, each once. */
  choicesIn(rehearse: (executor: Executor) => void): readonly Choice[];
  /** An executor with these choices in place of the runtime's. */
  choosing(choices: Choices): Executor;
  /** Takes over choices from here on. */
  adopt(choices: Choices): void;
  destroy(): void;
}
