import type { Backend, RecordedStep, Variable } from "../core/backend.js";
import { makeDisposable } from "../core/disposable.js";
import { BackendMismatchError, OptionError, ShapeError, show } from "../core/errors.js";
import type { BackendInJson, BackendMemory, Explanation, Profile } from "../core/inspection.js";
import { INSPECT } from "../core/objects.js";
import type { BackendInfo, BackendKind, BackendLostInfo, Executor, Recorder, Runtime } from "../core/runtime.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";
import type { Storage } from "../core/storage.js";
import type { TensorRecord } from "../core/tensor.js";
import { originOf, reshape, storageOf, Tensor } from "../core/tensor.js";
import { type Tuning, tuningOf } from "../core/tuning.js";
import { type TensorData, valuesOf } from "../core/values.js";
import { OperationRecorder } from "../runtime/operationRecorder.js";
import type { Host } from "./host.js";
import { autotune } from "./inspect/autotune.js";
import { explain } from "./inspect/explanation.js";
import { profileOf } from "./inspect/profile.js";
import type { Validator } from "./inspect/validation.js";
import { liveMode, RehearsalMode } from "./modes.js";
import { checkExamples, recordStep } from "./recordedStep.js";
import { Replays } from "./replays.js";
import { TensorScopes } from "./scopes.js";
import { CellVariable } from "./variable.js";

/** A backend over any runtime. */
export class RuntimeBackend implements Backend {
  readonly kind: BackendKind;
  readonly info: BackendInfo;
  readonly lost: Promise<BackendLostInfo>;
  readonly scopes: TensorScopes;
  declare readonly [Symbol.dispose]: () => void;
  readonly #replays: Replays;

  static {
    makeDisposable(RuntimeBackend, (backend) => backend.destroy());
  }

  /** @param validator compares every operator's outputs with the reference */
  constructor(
    readonly runtime: Runtime,
    readonly reason: string | undefined,
    private readonly validator?: Validator,
  ) {
    this.kind = runtime.kind;
    this.info = runtime.info;
    this.lost = runtime.lost;
    this.#replays = new Replays(runtime);
    this.scopes = new TensorScopes(liveMode(this.#checked(runtime)));
  }

  tensor(data: TensorData, shape?: Shape): Tensor {
    this.checkAlive();
    const { values, shape: extents } = valuesOf("tensor", data, shape);
    return new Tensor(this, this.#executor.upload("tensor", values), extents);
  }

  zeros(shape: Shape): Tensor {
    return this.#filled("zeros", shape, 0);
  }

  full(shape: Shape, value: number): Tensor {
    if (typeof value !== "number") throw new OptionError(`full: value must be a number, got ${show(value)}`);
    return this.#filled("full", shape, value);
  }

  fromGPUBuffer(buffer: GPUBuffer, shape: Shape): Tensor {
    this.checkAlive();
    const { sharedBuffers } = this.runtime;
    if (!sharedBuffers) {
      throw new OptionError(`fromGPUBuffer: this is the ${this.kind.toUpperCase()} backend; use tensor(data, shape)`);
    }
    const extents = checkShape("fromGPUBuffer", "shape", shape);
    if (!sharedBuffers.isBuffer(buffer)) {
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
    return new Tensor(this, sharedBuffers.wrap("fromGPUBuffer", buffer, elements), extents);
  }

  variable(initial: Tensor | TensorData, shape?: Shape): Variable {
    if (!(initial instanceof Tensor)) {
      this.checkAlive();
      const { values, shape: extents } = valuesOf("variable", initial, shape);
      return new CellVariable(this.#host, this.runtime.upload("variable", values), extents);
    }
    if (initial.backend !== this) {
      throw new BackendMismatchError(`variable: initial is on another backend (${initial.backend.kind}) than this one`);
    }
    // The tensor may be a placeholder.
    this.refuseRehearsal("variable");
    const shaped = reshape(initial, shape ?? initial.shape);
    try {
      const storage = storageOf("variable", "initial", shaped).retain();
      return new CellVariable(this.#host, storage, shaped.shape, originOf("variable", "initial", shaped));
    } finally {
      shaped.dispose();
    }
  }

  record<Inputs extends TensorRecord, Outputs extends TensorRecord>(
    work: (inputs: { readonly [Name in keyof Inputs]: Tensor }) => Outputs,
    exampleInputs: Inputs,
  ): RecordedStep<Inputs, Outputs>;
  record(
    work: (inputs: TensorRecord) => TensorRecord,
    exampleInputs: TensorRecord,
  ): RecordedStep<TensorRecord, TensorRecord> {
    this.checkAlive();
    this.refuseRehearsal("record");
    checkExamples(work, exampleInputs);
    return recordStep(this.#host, this.#recorder(), work, exampleInputs);
  }

  tidy<Result>(work: () => Result): Result {
    checkWork("tidy", "work", work);
    return this.scopes.run("tidy", work, "result");
  }

  memory(): BackendMemory {
    return { tensors: this.scopes.live, ...this.runtime.memory() };
  }

  flush(): void {
    this.checkAlive();
    this.runtime.flush();
  }

  async settled(): Promise<void> {
    await this.runtime.settled();
    await this.validator?.settled();
  }

  async warmUp(trace: () => unknown): Promise<void> {
    this.checkAlive();
    this.refuseRehearsal("warmUp");
    checkWork("warmUp", "trace", trace);
    await this.runtime.compile((executor) => this.#rehearse("warmUp", trace, executor));
  }

  explain(trace: () => unknown, caller = "explain"): Explanation {
    this.checkAlive();
    this.refuseRehearsal("explain");
    checkWork("explain", "trace", trace);
    return explain(this.runtime, (executor) => this.#rehearse(caller, trace, executor));
  }

  async profile(work: () => unknown): Promise<Profile> {
    this.checkAlive();
    this.refuseRehearsal("profile");
    checkWork("profile", "work", work);
    const start = performance.now();
    const runs = await this.runtime.profile((executor) => {
      this.scopes.run("profile", work, "nothing", liveMode(this.#checked(executor)));
    });
    return profileOf(runs, performance.now() - start);
  }

  async autotune(work: () => unknown): Promise<Tuning> {
    this.checkAlive();
    this.refuseRehearsal("autotune");
    checkWork("autotune", "work", work);
    await autotune(this.runtime, (executor) => this.#rehearse("autotune", work, executor));
    return tuningOf(this.info, this.runtime.choices);
  }

  destroy(): void {
    this.runtime.destroy();
  }

  checkAlive(): void {
    if (this.runtime.lostError) throw this.runtime.lostError;
  }

  refuseRehearsal(method: string): void {
    const { rehearsal } = this.scopes.mode;
    if (rehearsal !== undefined) {
      throw new OptionError(`${method}: called inside ${rehearsal}, where nothing is computed yet; call it outside`);
    }
  }

  async readStorage(storage: Storage): Promise<Float32Array> {
    this.checkAlive();
    this.refuseRehearsal("read");
    const values = await storage.read();
    await this.validator?.settled();
    return values;
  }

  exposeBuffer(storage: Storage): GPUBuffer {
    this.checkAlive();
    this.refuseRehearsal("gpuBuffer");
    const { sharedBuffers } = this.runtime;
    if (!sharedBuffers) {
      throw new OptionError(
        `gpuBuffer: this tensor is on the ${this.kind.toUpperCase()} backend and has no GPUBuffer; use read()`,
      );
    }
    return sharedBuffers.expose(storage);
  }

  get [Symbol.toStringTag](): string {
    return "Backend";
  }

  toJSON(): BackendInJson {
    return { kind: this.kind, reason: this.reason, info: this.info };
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString();
  }

  toString(): string {
    return `Backend(${this.kind}, ${show(this.info.description)}${this.runtime.lostError ? ", lost" : ""})`;
  }

  get #host(): Host {
    return { backend: this, scopes: this.scopes, replays: this.#replays };
  }

  get #executor(): Executor {
    return this.scopes.mode.executor;
  }

  #recorder(): Recorder {
    // To compare operations with the reference, a replay must run them one by one.
    return this.validator ? new OperationRecorder(this.runtime) : this.runtime.recorder();
  }

  #checked(executor: Executor): Executor {
    return this.validator ? this.validator.checking(executor) : executor;
  }

  /** Runs `work` as a rehearsal: its results and assignments do not last. */
  #rehearse(method: string, work: () => unknown, executor: Executor): void {
    const mode = new RehearsalMode(executor, method);
    try {
      this.scopes.run(method, work, "nothing", mode);
    } finally {
      mode.end();
    }
  }

  #filled(operator: string, shape: Shape, value: number): Tensor {
    this.checkAlive();
    const extents = checkShape(operator, "shape", shape);
    return new Tensor(this, this.#executor.fill(operator, elementsOf(extents), value), extents);
  }
}

/** @throws OptionError */
function checkWork(method: string, argument: string, work: unknown): void {
  if (typeof work === "function") return;
  throw new OptionError(`${method}: ${argument} must be a function such as () => …, got ${show(work)}`);
}
