import type { BackendInJson, BackendMemory, Explanation, Profile, StepInJson, StepPlan } from "./inspection.js";
import type { BackendInfo, BackendKind, BackendLostInfo, Runtime } from "./runtime.js";
import type { Shape } from "./shape.js";
import type { Storage } from "./storage.js";
import type { Scopes, Tensor, TensorRecord } from "./tensor.js";
import type { Tuning } from "./tuning.js";
import type { TensorData } from "./values.js";

/**
 * The inputs of one run of a recorded step, by name. Each is a tensor of the recorded shape, or the same number of
 * values.
 */
export type NewInputs<Inputs> = { readonly [Name in keyof Inputs]: Tensor | TensorData };

/** Makes tensors and runs operators. `createBackend` makes it. */
export interface Backend {
  /** "webgpu", "wasm" (WebAssembly) or "cpu" (the reference). */
  readonly kind: BackendKind;
  /** Why "auto" did not choose WebGPU, if it chose WebAssembly or the CPU. Undefined otherwise. */
  readonly reason: string | undefined;
  /** The adapter, or the processor. */
  readonly info: BackendInfo;
  /** Resolves when the device is lost or the backend is destroyed. */
  readonly lost: Promise<BackendLostInfo>;

  /**
   * Copies values into a tensor.
   *
   * @param data numbers, nested arrays or a typed array, in row-major order. They are rounded to float32
   * @param shape the extents. If left out, they follow from the nesting or the length
   * @returns a float32 tensor
   * @throws ShapeError if the length does not fit the shape; OptionError if an entry is not a number; OutOfMemoryError
   *
   * @example
   * ```ts
   * backend.tensor([[1, 2, 3], [4, 5, 6]]).shape; // [2, 3]
   * backend.tensor(new Uint8Array(784), [1, 28, 28, 1]).shape; // [1, 28, 28, 1]
   * ```
   */
  tensor(data: TensorData, shape?: Shape): Tensor;

  /**
   * A float32 tensor of zeros.
   *
   * @param shape the extents, integers ≥ 1. `[]` is a scalar
   * @throws ShapeError if `shape` is invalid; OutOfMemoryError
   *
   * @example
   * ```ts
   * await backend.zeros([2, 2]).read(); // [0, 0, 0, 0]
   * ```
   */
  zeros(shape: Shape): Tensor;

  /**
   * A float32 tensor whose elements all are `value`.
   *
   * @param shape the extents, integers ≥ 1. `[]` is a scalar
   * @param value rounded to float32
   * @throws ShapeError if `shape` is invalid; OptionError if `value` is not a number; OutOfMemoryError
   *
   * @example
   * ```ts
   * await backend.full([3], 0.5).read(); // [0.5, 0.5, 0.5]
   * ```
   */
  full(shape: Shape, value: number): Tensor;

  /**
   * Wraps a buffer of this backend's device as a tensor. Its values are float32, from the first byte on. The library
   * never writes or destroys the buffer. Keep it alive while the tensor is in use. Operators on it are submitted at
   * once, so they see the values as of their call.
   *
   * @param buffer a buffer with the usages STORAGE and COPY_SRC
   * @param shape the extents. The buffer has at least 4 bytes for each element
   * @throws OptionError if a usage is missing or this is not a WebGPU backend; ShapeError if the buffer is too small
   */
  fromGPUBuffer(buffer: GPUBuffer, shape: Shape): Tensor;

  /**
   * Makes a variable: an object whose value can be replaced, such as a weight.
   *
   * @param initial a tensor, or data that `tensor` takes. You may dispose of the tensor afterwards
   * @param shape the extents, if `initial` is data. If left out, they follow from the data
   * @throws everything that `tensor` throws; BackendMismatchError, DisposedError
   *
   * @example
   * ```ts
   * const w = backend.variable([1, 2]);
   * w.assign(mul(w.value, backend.full([], 10)));
   * await w.read(); // [10, 20]
   * ```
   */
  variable(initial: Tensor | TensorData, shape?: Shape): Variable;

  /**
   * Records the operators that `work` calls, such as a whole training step. Each run of the step repeats them with new
   * inputs. On WebGPU a run replays the same kernels in memory that was planned once. It allocates and binds nothing.
   *
   * `work` is called once, now, and never again. A JavaScript number in it becomes a constant of the recording. Pass
   * everything that changes from run to run as an input, or keep it in a variable. Inside, `value` shows the tensor that was assigned last. Outside, the variable
   * changes at the end of each run. `read()` inside rejects with an OptionError.
   *
   * @param work gets a tensor for each input, and returns the outputs by name. It may return its inputs or a variable's
   * value
   * @param exampleInputs tensors with the shapes of the inputs; their values are not used. `{}` if there are no inputs.
   * The step does not keep them: dispose of them
   * @throws OptionError if `work` does not return tensors by name; BackendMismatchError if one is on another backend;
   * whatever `work` throws; OutOfMemoryError
   *
   * @example
   * ```ts
   * const total = backend.variable([0]);
   * const step = backend.record(
   *   ({ x }) => {
   *     total.assign(add(total.value, x));
   *     return { double: add(x, x) };
   *   },
   *   { x: backend.zeros([1]) },
   * );
   * await step.run({ x: [3] }).double.read(); // [6]
   * await step.run({ x: [4] }).double.read(); // [8]
   * await total.read(); // [7]
   * ```
   */
  record<Inputs extends TensorRecord, Outputs extends TensorRecord>(
    work: (inputs: { readonly [Name in keyof Inputs]: Tensor }) => Outputs,
    exampleInputs: Inputs,
  ): RecordedStep<Inputs, Outputs>;

  /**
   * Runs `work`, and disposes of every tensor that it makes and that its result does not contain. The result may hold
   * tensors in arrays, sets, objects and the values of maps, to any depth. If `work` throws, all of its tensors are
   * disposed of.
   *
   * @param work called once, now. It is not async
   * @returns the result of `work`. Its tensors live on
   * @throws OptionError if `work` returns a promise, because tensors made after the first await cannot be told apart
   *
   * @example
   * ```ts
   * const before = backend.memory().tensors;
   * const y = backend.tidy(() => {
   *   const x = backend.tensor([-1, 2]);
   *   return relu(add(x, x));
   * });
   * backend.memory().tensors - before; // 1
   * await y.read(); // [0, 4]
   * ```
   */
  tidy<Result>(work: () => Result): Result;

  /**
   * The number of live tensors, and live, pooled and peak bytes.
   *
   * @example
   * ```ts
   * const before = backend.memory();
   * const x = backend.zeros([10, 10]);
   * backend.memory().tensors - before.tensors; // 1
   * backend.memory().liveBytes - before.liveBytes; // 400
   * x.dispose();
   * backend.memory().tensors - before.tensors; // 0
   * ```
   */
  memory(): BackendMemory;

  /**
   * Submits all queued work to the GPU before it returns. It is never necessary, because reading flushes, and so does a
   * large amount of queued work.
   */
  flush(): void;

  /**
   * Waits until all queued work is done.
   *
   * @throws (rejects with) BackendLostError; KernelError for a device error that belongs to no operator; with
   * `validate`, ValidationError for a mismatch that is not reported yet
   */
  settled(): Promise<void>;

  /**
   * Compiles, without blocking, the kernels of the operators that `trace` calls. It computes nothing, and disposes of
   * the tensors made inside.
   *
   * @param trace calls the operators, with tensors of the real shapes
   * @throws OptionError if `trace` returns a promise (a `read()` inside rejects with one); KernelError; whatever `trace` throws
   *
   * @example
   * ```ts
   * const x = backend.zeros([1, 8, 8, 1]);
   * const w = backend.zeros([3, 3, 1, 4]);
   * await backend.warmUp(() => conv2d(x, w, { padding: "same" }));
   * ```
   */
  warmUp(trace: () => unknown): Promise<void>;

  /**
   * Explains how the operators that `trace` calls are computed: kernels, tiles, workspace. It computes nothing.
   *
   * @param trace calls the operators, with tensors of the real shapes
   * @throws OptionError if `trace` returns a promise (a `read()` inside rejects with one); whatever `trace` throws
   *
   * @example
   * ```ts
   * const explanation = backend.explain(() => relu(backend.zeros([4])));
   * explanation.operators.map(({ operator }) => operator); // ["relu"]
   * console.log(String(explanation));
   * ```
   */
  explain(trace: () => unknown): Explanation;
  /** @internal As above. Messages name the caller. */
  explain(trace: () => unknown, caller: string): Explanation;

  /**
   * Runs `work` and measures each kernel in it, by the device's own clock if the device has the feature
   * "timestamp-query". It disposes of the results of `work`.
   *
   * @param work calls the operators. It is called once, and is not async
   * @returns times, operations and bytes by kernel. As a string, it is a table
   * @throws (rejects with) OptionError if `work` returns a promise; whatever `work` throws; BackendLostError
   *
   * @example
   * ```ts
   * const profile = await backend.profile(() => relu(backend.zeros([4])));
   * profile.kernels.map(({ operator, dispatches }) => [operator, dispatches]); // [["relu", 1]]
   * console.log(String(profile));
   * ```
   */
  profile(work: () => unknown): Promise<Profile>;

  /**
   * Checks and times the kernel families that "auto" could choose for the operators in `work`, on this adapter. From
   * then on "auto" chooses the fastest for these geometries. A family whose values are wrong on this device is passed
   * over, with a warning. `work` is called many times. Its results are disposed of, and its
   * assignments do not last. Inside, nothing can be read, and no recorded step can run, because its kernels were chosen
   * when it was recorded.
   *
   * @param work calls the operators, with tensors of the real shapes. It is not async
   * @returns all choices so far, as plain JSON. Save it, ship it, and pass it to `createBackend({ tuning })`. The same
   * tuning gives the same bits
   * @throws (rejects with) OptionError if `work` writes to a variable, runs a recorded step or returns a promise; whatever
   * `work` throws; BackendLostError
   *
   * @example
   * ```ts
   * const x = backend.zeros([1, 8, 8, 4]);
   * const tuning = await backend.autotune(() => conv2d(x, backend.zeros([3, 3, 4, 4]), { padding: "same" }));
   * const text = JSON.stringify(tuning);
   * const later = await createBackend({ kind: "wasm", tuning: JSON.parse(text) });
   * later.destroy();
   * ```
   */
  autotune(work: () => unknown): Promise<Tuning>;

  /**
   * Frees everything. Pending reads reject, and later calls throw, both with BackendLostError. A caller's device is not
   * destroyed.
   *
   * @example
   * ```ts
   * const other = await createBackend({ kind: "cpu" });
   * other.destroy();
   * (await other.lost).reason; // "destroyed"
   * ```
   */
  destroy(): void;
  /** `destroy`, for `using`, where the engine has Symbol.dispose. */
  [Symbol.dispose](): void;

  /** What `JSON.stringify` writes. */
  toJSON(): BackendInJson;

  /** @internal */
  readonly runtime: Runtime;
  /** @internal */
  readonly scopes: Scopes;
  /** @internal @throws BackendLostError */
  checkAlive(): void;
  /** @internal @throws OptionError inside a rehearsal */
  refuseRehearsal(method: string): void;
  /** @internal */
  readStorage(storage: Storage): Promise<Float32Array>;
  /** @internal */
  exposeBuffer(storage: Storage): GPUBuffer;
}

/**
 * An object whose value can be replaced: a weight, a moment of an optimizer, a learning rate, a counter.
 * `backend.variable(…)` makes it.
 */
export interface Variable {
  /** The extents. They never change. */
  readonly shape: Shape;
  /** The number of elements. */
  readonly size: number;
  /** The backend that made it. */
  readonly backend: Backend;

  /**
   * A tensor with the present values. Later assignments do not change it.
   *
   * Inside a scope (`tidy`, `valueAndGradients`, `record`) it is disposed of with the other tensors made there.
   * Elsewhere it lives until you dispose of it or of the variable, or until it is collected as garbage. `memory()` does
   * not count it there.
   *
   * @throws DisposedError, BackendLostError
   */
  readonly value: Tensor;

  /**
   * Gives the variable the values of a tensor. You may dispose of the tensor afterwards. Inside a recorded step this
   * takes effect at the end of each run.
   *
   * @param tensor float32 of the shape of the variable
   * @throws ShapeError if the tensor has another shape; OptionError if it is on another backend; DisposedError;
   * BackendLostError
   *
   * @example
   * ```ts
   * const w = backend.variable([1, 2]);
   * w.assign(backend.tensor([3, 4]));
   * await w.read(); // [3, 4]
   * ```
   */
  assign(tensor: Tensor): void;

  /**
   * Gives the variable new values from the host, after all queued work.
   *
   * @param data as many numbers as the variable has elements
   * @throws ShapeError if the number of values is wrong; OptionError if one is not a number; DisposedError;
   * BackendLostError
   *
   * @example
   * ```ts
   * const learningRate = backend.variable([0.5]);
   * learningRate.write([0.25]);
   * await learningRate.read(); // [0.25]
   * ```
   */
  write(data: TensorData): void;

  /** Reads the values as of this call. @throws (rejects with) everything that `Tensor.read` rejects with */
  read(): Promise<Float32Array>;

  /** Gives the memory back. It also disposes of the tensors that `value` gave outside of scopes. */
  dispose(): void;
  /** `dispose`, for `using`, where the engine has Symbol.dispose. */
  [Symbol.dispose](): void;

  /** What `JSON.stringify` writes. The values stay where they are: `read()` gives them. */
  toJSON(): { readonly shape: Shape; readonly dtype: "float32" };
}

/** Work that `backend.record(…)` recorded once. It can run again and again with new inputs. */
export interface RecordedStep<Inputs, Outputs> {
  /** Undefined if the recorded operators run one by one: on a CPU backend, and with `validate`. */
  readonly plan: StepPlan | undefined;

  /**
   * Runs the step.
   *
   * @param inputs by the names of the example inputs. Each is a tensor of the example's shape, or the same number of
   * values
   * @returns the outputs. The next run disposes of them, and so does `dispose`. A reshape of an output, or a variable
   * that it is assigned to, keeps the values
   * @throws OptionError if an input is missing or unknown, or if parameters of `valueAndGradients` reach an input
   * (record the whole `valueAndGradients` instead); ShapeError if an input does not have the recorded shape;
   * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
   */
  run(inputs: NewInputs<Inputs>): { readonly [Name in keyof Outputs]: Tensor };

  /**
   * The same as `run`. If operators block the thread, timers and events get turns between them. To the rest of the
   * program it looks as if the step had run at this call: before anything else runs a step or uses a variable, this run
   * is finished.
   *
   * @param inputs as for `run`
   * @throws (rejects with) everything that `run` throws
   *
   * @example
   * ```ts
   * const step = backend.record(({ x }) => ({ y: relu(x) }), { x: backend.zeros([2]) });
   * const { y } = await step.runInTurns({ x: [-1, 2] });
   * await y.read(); // [0, 2]
   * ```
   */
  runInTurns(inputs: NewInputs<Inputs>): Promise<{ readonly [Name in keyof Outputs]: Tensor }>;

  /** Gives the step's memory back, and disposes of its last outputs. Variables stay. */
  dispose(): void;
  /** `dispose`, for `using`, where the engine has Symbol.dispose. */
  [Symbol.dispose](): void;

  /** What `JSON.stringify` writes. */
  toJSON(): StepInJson;
}
