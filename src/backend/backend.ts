import { BackendMismatchError, OptionError, ShapeError, show } from "../core/errors.js";
import type { BackendInfo, BackendLostInfo, BufferMemory } from "../core/runtime.js";
import { reshape, Tensor } from "../core/tensor.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";
import type { Storage } from "../core/storage.js";
import { type Tuning, tuningOf } from "../core/tuning.js";
import { type TensorData, valuesOf } from "../core/values.js";
import { Tapes } from "../ops/kit/tape.js";
import type { CpuRuntime } from "../runtime/reference/runtime.js";
import type { GpuRuntime } from "../runtime/webgpu/runtime.js";
import { Explanation } from "./inspect/explanation.js";
import type { ExplainedDispatch } from "../core/inspection.js";
import type { Profile } from "./inspect/profile.js";
import type { Validator } from "./inspect/validation.js";
import type { ValidationReport } from "../core/inspection.js";
import { recordStep } from "./recordedStep.js";
import type { RecordedStep, TensorRecord } from "../core/backend.js";
import type * as Reference from "./reference.js";
import { TensorScopes } from "./scopes.js";
import { TracedVariables, Variable } from "./variable.js";

/** A backend's memory in numbers. */
export interface BackendMemory extends BufferMemory {
  /** Live handles; a tensor and its reshapes count one each. */
  readonly tensors: number;
}

/** Where tensors live and operators run. Made by `createBackend`. */
export class Backend {
  readonly kind: "webgpu" | "cpu";
  /** With "auto" on the CPU: why there is no WebGPU here. */
  readonly reason: string | undefined;
  readonly info: BackendInfo;
  /** Resolves when the device is lost or the backend destroyed. */
  readonly lost: Promise<BackendLostInfo>;
  /** @internal */
  readonly runtime: CpuRuntime | GpuRuntime;
  /** @internal */
  readonly scopes = new TensorScopes();
  /** @internal */
  readonly tapes = new Tapes();
  /** @internal Told of variables that are read or assigned where nothing of it may last. */
  traced: TracedVariables | undefined;
  /** The method inside which nothing may be read, since nothing is computed yet. */
  #inside: string | undefined;
  /** @internal Set with `validate` on WebGPU. */
  readonly validator: Validator | undefined;

  /**
   * @internal
   * @param reference on the CPU and with `validate`
   */
  constructor(
    runtime: CpuRuntime | GpuRuntime,
    reason: string | undefined,
    readonly reference?: typeof Reference,
    report?: (report: ValidationReport) => void,
  ) {
    this.runtime = runtime;
    this.kind = runtime.kind;
    this.reason = reason;
    this.info = runtime.info;
    this.lost = runtime.lost;
    this.validator = reference && report && new reference.Validator(reference.twins, report);
  }

  /**
   * Copies values into a tensor.
   *
   * @param data numbers, nested arrays or a typed array, in row-major order; rounded to float32
   * @param shape the extents; left out, the nesting or the length says it
   * @throws ShapeError where the length does not match, OptionError where an entry is no number, OutOfMemoryError
   */
  tensor(data: TensorData, shape?: Shape): Tensor {
    this.checkAlive();
    const { values, shape: extents } = valuesOf("tensor", data, shape);
    return new Tensor(this, this.runtime.upload("tensor", values), extents);
  }

  /** A tensor of zeros. @throws ShapeError, OutOfMemoryError */
  zeros(shape: Shape): Tensor {
    return this.#filled("zeros", shape, 0);
  }

  /** A tensor whose elements all are `value`. @throws ShapeError, OptionError where `value` is no number, OutOfMemoryError */
  full(shape: Shape, value: number): Tensor {
    if (typeof value !== "number") throw new OptionError(`full: value must be a number, got ${show(value)}`);
    return this.#filled("full", shape, value);
  }

  /**
   * Wraps a buffer of the caller's, on this backend's device, as a tensor: float32 values from its first byte on. The library never writes
   * and never destroys it; keep it alive for as long as the tensor is in use. Operators on it are submitted at once, so that they
   * see the values as of their call.
   *
   * @param buffer with the usages STORAGE and COPY_SRC
   * @throws OptionError where the usages lack or this is the CPU backend, ShapeError where the buffer is too small
   */
  fromGPUBuffer(buffer: GPUBuffer, shape: Shape): Tensor {
    this.checkAlive();
    if (this.runtime.kind === "cpu")
      throw new OptionError("fromGPUBuffer: this is the CPU backend; use tensor(data, shape)");
    const extents = checkShape("fromGPUBuffer", "shape", shape);
    if (typeof buffer?.usage !== "number") {
      throw new OptionError(
        `fromGPUBuffer: buffer must be a GPUBuffer with the usages STORAGE | COPY_SRC, got ${show(buffer)}`,
      );
    }
    const elements = elementsOf(extents);
    if (buffer.size < 4 * elements) {
      throw new ShapeError(
        `fromGPUBuffer: buffer has ${buffer.size} bytes, expected at least 4 · ${elements} = ${4 * elements} for shape [${extents.join(", ")}]`,
      );
    }
    return new Tensor(this, this.runtime.wrap("fromGPUBuffer", buffer, elements), extents);
  }

  /**
   * A place for a tensor that changes, such as a weight.
   *
   * @param initial a tensor, whose values are shared and which may be disposed of, or what `tensor` takes
   * @throws what `tensor` throws; BackendMismatchError, DisposedError
   */
  variable(initial: Tensor | TensorData, shape?: Shape): Variable {
    if (!(initial instanceof Tensor)) return new Variable(this.tensor(initial, shape));
    if (initial.backend !== this) {
      throw new BackendMismatchError(`variable: initial is on another backend (${initial.backend.kind}) than this one`);
    }
    return new Variable(reshape(initial, shape ?? initial.shape));
  }

  /**
   * Records the operators that `work` calls, such as a whole training step, and plans their memory: buffers are shared by what is not alive at the
   * same time. Each run of the step then replays them with new inputs: the same kernels with the same bits, without allocating, binding or
   * asking `work` again. What changes from step to step lives in the inputs and in variables; numbers are as they were when it was recorded. Reading
   * inside is an error. On the CPU backend, and with `validate`, the step calls `work` at each run.
   *
   * @param work is given a tensor for each input, and returns the outputs by name
   * @param exampleInputs tensors whose shapes the inputs will have; their values are not used
   * @throws OptionError where `work` returns something else or reads; what `work` throws; OutOfMemoryError
   */
  record<Inputs extends TensorRecord, Outputs extends TensorRecord>(
    work: (inputs: { readonly [Name in keyof Inputs]: Tensor }) => Outputs,
    exampleInputs: Inputs,
  ): RecordedStep<Inputs, Outputs>;
  record(
    work: (inputs: TensorRecord) => TensorRecord,
    exampleInputs: TensorRecord,
  ): RecordedStep<TensorRecord, TensorRecord> {
    this.checkAlive();
    this.refuseTracing("record");
    return recordStep(this, work, exampleInputs);
  }

  /**
   * Runs `work` and disposes of every tensor made inside which the result does not hold (in arrays, the values of maps, sets and objects, to any
   * depth). When it throws, of all of them.
   *
   * @throws OptionError where `work` returns a promise: what it makes after the first await could not be told apart
   */
  tidy<Result>(work: () => Result): Result {
    return this.scopes.run("tidy", work, "result");
  }

  /** Live tensors, live, pooled and peak bytes. */
  memory(): BackendMemory {
    return { tensors: this.scopes.live, ...this.runtime.memory() };
  }

  /** Submits all queued work to the GPU, before it returns. Nothing needs it: reading flushes, and so does enough work. */
  flush(): void {
    this.checkAlive();
    this.runtime.flush();
  }

  /**
   * Waits until all queued work is done.
   *
   * @throws BackendLostError; KernelError for an error on the device that belongs to no operator; with `validate`, ValidationError for a
   * mismatch not yet reported
   */
  async settled(): Promise<void> {
    await this.runtime.settled();
    await this.validator?.settled();
  }

  /**
   * Compiles, without blocking, the kernels of the operators that `trace` calls. Nothing is computed, and the tensors made inside are
   * disposed of: reading one is an error.
   *
   * @throws KernelError where a kernel does not compile; OptionError where `trace` returns a promise; what `trace` throws
   */
  async warmUp(trace: () => unknown): Promise<void> {
    this.checkAlive();
    this.refuseTracing("warmUp");
    await this.runtime.compile(() => this.inside("warmUp", () => this.#rehearse("warmUp", trace)));
  }

  /**
   * Tells how the operators that `trace` calls would be computed here: kernels, tiles, invocations, workspace. Nothing is computed.
   *
   * @throws OptionError where `trace` returns a promise; what `trace` throws
   */
  explain(trace: () => unknown): Explanation {
    this.checkAlive();
    this.refuseTracing("explain");
    const explained: { operator: string; dispatches: ExplainedDispatch[]; workspaceBytes: number }[] = [];
    const { runtime } = this;
    const operator = (name: string) => explained.push({ operator: name, dispatches: [], workspaceBytes: 0 });
    const run = () => this.inside("explain", () => this.#rehearse("explain", trace));
    if (runtime.kind === "cpu") runtime.traced(operator, run);
    else {
      runtime.traced(
        {
          operator,
          launch: (_, { shader, constants, invocations, work }) =>
            explained.at(-1)?.dispatches.push({ kernel: shader.path, constants, invocations, operations: work }),
          workspace: (bytes) => {
            const last = explained.at(-1);
            if (last) last.workspaceBytes += bytes;
          },
        },
        run,
      );
    }
    return new Explanation(explained);
  }

  /**
   * Runs `work` and measures each kernel in it, by the device's own clock where that can be read (the feature "timestamp-query"). Results of
   * `work` are disposed of.
   *
   * @returns times, operations and bytes by kernel; as a string, a table
   * @throws OptionError where `work` returns a promise; what `work` throws; BackendLostError
   */
  async profile(work: () => unknown): Promise<Profile> {
    this.checkAlive();
    this.refuseTracing("profile");
    const { profile } = await import("./inspect/measure.js");
    return profile(this.runtime, () => this.scopes.run("profile", work, "nothing"));
  }

  /**
   * Times, on the adapter at hand, the kernels that the operators inside `work` could choose ("auto"), and leaves the fastest chosen for
   * their geometries. Results of `work` are disposed of and variables restored; it is called many times.
   *
   * @returns plain JSON, with what was chosen before: save it, ship it, hand it to `createBackend({ tuning })`; the same tuning gives the same bits
   * @throws OptionError where `work` returns a promise; what `work` throws; BackendLostError
   */
  async autotune(work: () => unknown): Promise<Tuning> {
    this.checkAlive();
    this.refuseTracing("autotune");
    const { runtime } = this;
    const run = () => this.#rehearse("autotune", work);
    if (runtime.kind === "cpu") {
      // There is one way only to compute anything.
      runtime.traced(() => {}, run);
      return tuningOf(this.info, {});
    }
    const { autotune } = await import("./inspect/autotune.js");
    await autotune(runtime, run);
    return tuningOf(this.info, runtime.tuning);
  }

  /** @internal Runs `work` inside a method of this backend where nothing may be read. */
  inside<Result>(method: string, work: () => Result): Result {
    this.#inside = method;
    try {
      return work();
    } finally {
      this.#inside = undefined;
    }
  }

  /** @internal Runs `work` with `variables` told of all that it reads and assigns, and restores them. */
  restoring<Result>(variables: TracedVariables, work: () => Result): Result {
    this.traced = variables;
    try {
      return work();
    } finally {
      this.traced = undefined;
      variables.restore();
    }
  }

  /** @internal @throws OptionError where nothing is computed */
  refuseTracing(method: string): void {
    if (this.#inside !== undefined) {
      throw new OptionError(`${method}: called inside ${this.#inside}, where nothing is computed yet; call it outside`);
    }
  }

  /** Runs `work` so that nothing of it lasts. Nothing is kept of what it returns, but a promise is refused all the same. */
  #rehearse(method: string, work: () => unknown): void {
    this.restoring(new TracedVariables(), () => this.scopes.run(method, work, "nothing"));
  }

  /** Frees everything. Pending reads reject and later calls throw, with BackendLostError. A device of the caller's is left as it is. */
  destroy(): void {
    this.runtime.destroy();
  }

  /** @internal */
  async readStorage(storage: Storage): Promise<Float32Array> {
    this.checkAlive();
    this.refuseTracing("read");
    const values = await storage.read();
    await this.validator?.settled();
    return values;
  }

  /** @internal */
  exposeBuffer(storage: Storage): GPUBuffer {
    this.checkAlive();
    this.refuseTracing("gpuBuffer");
    if (this.runtime.kind === "cpu") {
      throw new OptionError("gpuBuffer: this tensor is on the CPU backend and has no GPUBuffer; use read()");
    }
    return this.runtime.expose(storage);
  }

  #filled(operator: string, shape: Shape, value: number): Tensor {
    this.checkAlive();
    const extents = checkShape(operator, "shape", shape);
    return new Tensor(this, this.runtime.fill(operator, elementsOf(extents), value), extents);
  }

  /** @internal @throws BackendLostError */
  checkAlive(): void {
    if (this.runtime.lostError) throw this.runtime.lostError;
  }
}
