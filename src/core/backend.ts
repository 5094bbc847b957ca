import type { Explanation, Profile } from "./inspection.js";
import type { Mode } from "./mode.js";
import type { BackendInfo, BackendLostInfo, BufferMemory, RecordingPlan, Runtime } from "./runtime.js";
import type { Shape } from "./shape.js";
import type { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";
import type { Tuning } from "./tuning.js";
import type { TensorData } from "./values.js";

/** A backend's memory in numbers. */
export interface BackendMemory extends BufferMemory {
  /** Live handles. A tensor, each of its reshapes and a variable count one each. */
  readonly tensors: number;
}

/** Tensors by name. */
export type TensorRecord = Readonly<Record<string, Tensor>>;

/** What each run of a recorded step is given: a tensor of the recorded shape or as many numbers, by name. */
export type NewInputs<Inputs> = { readonly [Name in keyof Inputs]: Tensor | TensorData };

/** Where tensors live and operators run. Made by `createBackend`. */
export interface Backend {
  readonly kind: Runtime["kind"];
  /** With "auto" on the CPU: why there is no WebGPU here. */
  readonly reason: string | undefined;
  readonly info: BackendInfo;
  /** Resolves when the device is lost or the backend destroyed. */
  readonly lost: Promise<BackendLostInfo>;

  /**
   * Copies values into a tensor.
   *
   * @param data numbers, nested arrays or a typed array, in row-major order; rounded to float32
   * @param shape the extents; left out, the nesting or the length says it
   * @throws ShapeError where the length does not match, OptionError where an entry is no number, OutOfMemoryError
   */
  tensor(data: TensorData, shape?: Shape): Tensor;

  /** A tensor of zeros. @throws ShapeError, OutOfMemoryError */
  zeros(shape: Shape): Tensor;

  /** A tensor whose elements all are `value`. @throws ShapeError, OptionError where `value` is no number, OutOfMemoryError */
  full(shape: Shape, value: number): Tensor;

  /**
   * Wraps a buffer of the caller's, on this backend's device, as a tensor: float32 values from its first byte on. The library never writes
   * and never destroys it; keep it alive for as long as the tensor is in use. Operators on it are submitted at once, so that they
   * see the values as of their call.
   *
   * @param buffer with the usages STORAGE and COPY_SRC
   * @throws OptionError where the usages lack or this is no WebGPU backend, ShapeError where the buffer is too small
   */
  fromGPUBuffer(buffer: GPUBuffer, shape: Shape): Tensor;

  /**
   * A place for a tensor that changes, such as a weight.
   *
   * @param initial a tensor, whose values are shared and which may be disposed of, or what `tensor` takes
   * @throws what `tensor` throws; BackendMismatchError, DisposedError
   */
  variable(initial: Tensor | TensorData, shape?: Shape): Variable;

  /**
   * Records the operators that `work` calls, such as a whole training step. Each run of the step then repeats them with new inputs. On WebGPU
   * it replays the same kernels in memory that was planned once: nothing is allocated or bound, and `work` is not called again.
   *
   * `work` is called once, now. Numbers are as they were then. What changes from run to run lives in the inputs and in variables. An
   * `assign` inside takes effect at the end of each run. Reading inside is an error.
   *
   * @param work is given a tensor for each input, and returns the outputs by name. It may return its inputs or a variable's value
   * @param exampleInputs tensors whose shapes the inputs will have; their values are not used. `{}` where there are none
   * @throws OptionError where `work` returns something else or reads; what `work` throws; OutOfMemoryError
   */
  record<Inputs extends TensorRecord, Outputs extends TensorRecord>(
    work: (inputs: { readonly [Name in keyof Inputs]: Tensor }) => Outputs,
    exampleInputs: Inputs,
  ): RecordedStep<Inputs, Outputs>;

  /**
   * Runs `work` and disposes of every tensor made inside which the result does not hold (in arrays, the values of maps, sets and objects, to any
   * depth). When it throws, of all of them.
   *
   * @throws OptionError where `work` returns a promise: what it makes after the first await could not be told apart
   */
  tidy<Result>(work: () => Result): Result;

  /** Live tensors, live, pooled and peak bytes. */
  memory(): BackendMemory;

  /** Submits all queued work to the GPU, before it returns. Nothing needs it: reading flushes, and so does enough work. */
  flush(): void;

  /**
   * Waits until all queued work is done.
   *
   * @throws BackendLostError; KernelError for an error on the device that belongs to no operator; with `validate`, ValidationError for a
   * mismatch not yet reported
   */
  settled(): Promise<void>;

  /**
   * Compiles, without blocking, the kernels of the operators that `trace` calls. Nothing is computed, and the tensors made inside are
   * disposed of.
   *
   * @throws OptionError where `trace` reads, or returns a promise; KernelError; what `trace` throws
   */
  warmUp(trace: () => unknown): Promise<void>;

  /**
   * How the operators that `trace` calls would be computed: kernels, tiles, workspace. Nothing is computed.
   *
   * @throws OptionError where `trace` reads, or returns a promise; what `trace` throws
   */
  explain(trace: () => unknown): Explanation;

  /**
   * Runs `work` and measures each kernel in it, by the device's own clock where that can be read (the feature "timestamp-query"). Results of
   * `work` are disposed of.
   *
   * @returns times, operations and bytes by kernel; as a string, a table
   * @throws OptionError where `work` returns a promise; what `work` throws; BackendLostError
   */
  profile(work: () => unknown): Promise<Profile>;

  /**
   * Times, on the adapter at hand, the kernels that the operators inside `work` could choose ("auto"), and leaves the fastest chosen for
   * their geometries. Results of `work` are disposed of and variables restored; it is called many times. Inside, nothing can be read, and no
   * recorded step can run: its kernels were chosen when it was recorded.
   *
   * @returns plain JSON, with what was chosen before: save it, ship it, hand it to `createBackend({ tuning })`; the same tuning gives the same bits
   * @throws OptionError where `work` reads, writes, runs a recorded step or returns a promise; what `work` throws; BackendLostError
   */
  autotune(work: () => unknown): Promise<Tuning>;

  /** Frees everything. Pending reads reject and later calls throw, with BackendLostError. A device of the caller's is left as it is. */
  destroy(): void;

  /** @internal */
  readonly runtime: Runtime;
  /** @internal */
  readonly scopes: Scopes;
  /** @internal @throws BackendLostError */
  checkAlive(): void;
  /** @internal @throws OptionError inside a method where nothing is computed yet */
  refuseRehearsal(method: string): void;
  /** @internal */
  readStorage(storage: Storage): Promise<Float32Array>;
  /** @internal */
  exposeBuffer(storage: Storage): GPUBuffer;
}

/**
 * A place for a tensor that changes: a weight, a moment of an optimizer, a learning rate, a counter. Made by `backend.variable(…)`.
 */
export interface Variable {
  readonly shape: Shape;
  readonly size: number;
  readonly backend: Backend;

  /**
   * A tensor with the values as they are now. It keeps them, whatever is assigned or recorded later.
   *
   * Inside `tidy` (and `valueAndGradients`, `record`) it is disposed of with the other tensors made there. Elsewhere it lives until it is disposed
   * of, collected as garbage, or the variable is disposed of.
   *
   * @throws DisposedError
   */
  readonly value: Tensor;

  /**
   * Takes a tensor's values from here on. The tensor may be disposed of. Inside a recorded step this happens at the end of each run.
   *
   * @throws ShapeError where its shape is another; OptionError where it lives on another backend; DisposedError
   */
  assign(tensor: Tensor): void;

  /**
   * Takes new values from the host, after all that is queued.
   *
   * @throws ShapeError where there are not as many; OptionError where one is no number; DisposedError
   */
  write(data: TensorData): void;

  /** Its values, as of this call. @throws (rejects with) what `Tensor.read` does */
  read(): Promise<Float32Array>;

  /** Gives the memory back, that of tensors taken by `value` too. */
  dispose(): void;
}

/** What a recorded step takes, known before it runs. */
export interface StepPlan extends RecordingPlan {
  /** Of the places that hold the inputs. */
  readonly inputBytes: number;
  /** All of it: buffers, inputs and variables. */
  readonly peakBytes: number;
  toString(): string;
}

/** Work that was recorded once and can be run again and again with new inputs. Made by `backend.record(…)`. */
export interface RecordedStep<Inputs, Outputs> {
  /** Undefined where the recorded operators are run one by one: on a CPU backend and with `validate`. */
  readonly plan: StepPlan | undefined;

  /**
   * Runs the step.
   *
   * @param inputs by the names of the example inputs, each a tensor of its shape or as many numbers, which are written without a tensor
   * @returns the outputs. They are disposed of at the next run and with the step; what shares their values (a reshape, a variable they were
   * assigned to) keeps them
   * @throws ShapeError, OptionError, DisposedError, BackendLostError
   */
  run(inputs: NewInputs<Inputs>): { readonly [Name in keyof Outputs]: Tensor };

  /**
   * As `run`, but lets timers and events have a turn between operators where these block the thread.
   *
   * @throws (rejects with) what `run` throws
   */
  runInTurns(inputs: NewInputs<Inputs>): Promise<{ readonly [Name in keyof Outputs]: Tensor }>;

  /** Gives back what the step holds, its last outputs too. Variables stay. */
  dispose(): void;
}

/** @internal The live handles of a backend, by the `tidy` they were made in. */
export interface Scopes {
  /** How many handles are live. */
  readonly live: number;
  /** The mode of the innermost scope that has one. */
  readonly mode: Mode;
  /** Whether a scope is open, which disposes of what is made now. */
  readonly open: boolean;
  /** A new handle, which belongs to the innermost scope. */
  add(tensor: Tensor, storage: Storage): void;
  /** A handle that is disposed of. */
  delete(tensor: Tensor): void;
  /** Takes a tensor out of every scope: it stays until it is disposed of. */
  keep(tensor: Tensor): void;
}
