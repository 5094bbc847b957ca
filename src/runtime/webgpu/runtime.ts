import { BackendLostError, KernelError, OptionError, type WebGPUCNNError } from "../../core/errors.js";
import type { BackendInfo, BackendLostInfo, BufferMemory, Runtime } from "../../core/runtime.js";
import type { Storage } from "../../core/storage.js";
import { choicesFor, type Tuning } from "../../core/tuning.js";
import { type Check, checked, unsettled } from "./commands/faults.js";
import { Dispatcher, traitsOf } from "./commands/launch.js";
import type { DeviceTraits, Launch } from "../../core/operation.js";
import type { Trace } from "../../core/runtime.js";
import type { Profiler, Timed } from "./commands/profiler.js";
import { CommandQueue } from "./commands/queue.js";
import {
  type Assignment,
  type RecordedOutcome,
  Recorder,
  Recording,
  type RecordingHost,
} from "./commands/recording.js";
import { backendInfo } from "./device.js";
import { Block, BufferPool, BufferUsage, GpuStorage } from "./memory/pool.js";
import { Readback } from "./memory/readback.js";
import { KernelCache } from "./shaders/pipelines.js";

/** Estimated operations a submit may hold: some tens of milliseconds on either class of adapter. */
const WORK_PER_SUBMIT = { software: 1e8, hardware: 2e10 } as const;

const BYTES_PER_ELEMENT = Float32Array.BYTES_PER_ELEMENT;
/** How much of a constant tensor is written at a time. */
const FILL_ELEMENTS = 2 ** 18;

export interface GpuRuntimeOptions {
  /** Whether `destroy()` destroys the device: true for our own, false for a caller's. */
  readonly ownsDevice: boolean;
  readonly poolLimitBytes: number;
  /** Where the adapter is known; older browsers do not tell it of a device. */
  readonly adapterInfo?: GPUAdapterInfo | undefined;
  readonly tuning?: Tuning | undefined;
}

/** Buffers, kernels and the queue of one device. */
export class GpuRuntime implements Runtime {
  readonly kind = "webgpu";
  readonly info: BackendInfo;
  readonly lost: Promise<BackendLostInfo>;
  lostError: BackendLostError | undefined;
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #kernels: KernelCache;
  readonly #dispatcher: Dispatcher;
  readonly #readback: Readback;
  /** Stands in for memory where nothing is computed; it is never bound. */
  readonly #nowhere: Block;
  /** Set while operators are recorded. */
  #recorder: Recorder | undefined;
  readonly #pendingChecks = new Set<Check>();
  /** Rejects the promises that would never settle once the device is gone. */
  readonly #waiting = new Set<(error: BackendLostError) => void>();
  /** Errors outside every scope, on a device of our own: reported by `settled`. */
  readonly #unexpected: WebGPUCNNError[] = [];
  #resolveLost: (info: BackendLostInfo) => void = () => {};

  constructor(
    private readonly device: GPUDevice,
    private readonly options: GpuRuntimeOptions,
  ) {
    this.info = backendInfo(options.adapterInfo ?? device.adapterInfo);
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
    const workPerSubmit = this.info.software ? WORK_PER_SUBMIT.software : WORK_PER_SUBMIT.hardware;
    this.#queue = new CommandQueue(
      device,
      { workPerSubmit },
      () => this.#pool.afterSubmit(),
      (check) => this.#watch(check),
    );
    this.#kernels = new KernelCache(device, this.#queue.paramsBytes);
    const traits = traitsOf(device, this.info.software, choicesFor(this.info, options.tuning));
    this.#dispatcher = new Dispatcher(device, this.#kernels, this.#queue, traits);
    this.#pool = new BufferPool(device, this.#queue, options.poolLimitBytes, (block) =>
      this.#dispatcher.bindGroups.forget(block),
    );
    this.#readback = new Readback(device, this.#queue);
    this.#nowhere = new Block(this.#queue.paramsBuffer, 0, "caller", undefined);
    device.lost.then(({ reason, message }) => this.#lose(reason === "destroyed" ? reason : "unknown", message));
    if (options.ownsDevice) {
      device.addEventListener("uncapturederror", ({ error }) => {
        this.#unexpected.push(new KernelError(`the device reported an error outside every operator: ${error.message}`));
      });
    }
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  get tracing(): boolean {
    return this.#dispatcher.trace !== undefined;
  }

  /** What autotuning chose. */
  get tuning(): DeviceTraits["tuning"] {
    return this.#dispatcher.traits.tuning;
  }

  set tuning(tuning: DeviceTraits["tuning"]) {
    this.#dispatcher.traits = { ...this.#dispatcher.traits, tuning };
  }

  allocate(operator: string, elements: number): GpuStorage {
    if (this.#recorder) return this.#recorder.allocate(elements);
    if (this.tracing) return this.#traced(elements);
    const block = this.#pool.acquire(operator, elements * BYTES_PER_ELEMENT, "result");
    return this.#storage(elements, block);
  }

  upload(operator: string, values: Float32Array): GpuStorage {
    if (this.tracing && !this.#recorder) return this.#traced(values.length);
    return this.#written(operator, values.length, (storage) => this.#write(storage, 0, values));
  }

  fill(operator: string, elements: number, value: number): GpuStorage {
    if (this.tracing && !this.#recorder) return this.#traced(elements);
    const piece = new Float32Array(Math.min(elements, FILL_ELEMENTS)).fill(value);
    return this.#written(operator, elements, (storage) => {
      for (let start = 0; start < elements; start += piece.length) {
        this.#write(storage, start, piece.subarray(0, elements - start));
      }
    });
  }

  /** Wraps a buffer of the caller's, which is never written, pooled or destroyed. @throws OptionError where its usages do not do */
  wrap(operator: string, buffer: GPUBuffer, elements: number): GpuStorage {
    const needed = BufferUsage.STORAGE | BufferUsage.COPY_SRC;
    if ((buffer.usage & needed) !== needed) {
      throw new OptionError(
        `${operator}: buffer must be a GPUBuffer with the usages STORAGE | COPY_SRC, got the usages 0x${buffer.usage.toString(16)}`,
      );
    }
    return this.#storage(elements, this.#pool.adopt(buffer, elements * BYTES_PER_ELEMENT));
  }

  /** The storage's buffer, after a flush, out of pooling for good. */
  expose(storage: Storage): GPUBuffer {
    const { block } = gpuStorage(storage);
    this.flush();
    block.exposed = true;
    return block.buffer;
  }

  memory(): BufferMemory {
    const { liveBytes, pooledBytes, peakBytes } = this.#pool;
    return { liveBytes, pooledBytes, peakBytes };
  }

  flush(): void {
    this.#queue.flush();
  }

  async settled(): Promise<void> {
    if (this.lostError) throw this.lostError;
    this.flush();
    await this.#orLost(this.device.queue.onSubmittedWorkDone());
    await this.#orLost(Promise.all([...this.#pendingChecks].map((check) => check.settled)));
    const error = this.#unexpected.shift();
    if (error) throw error;
  }

  /** Runs `work` with its launches handed to `trace` in place of the device. */
  traced<Result>(trace: Trace, work: () => Result): Result {
    this.#dispatcher.trace = trace;
    try {
      return work();
    } finally {
      this.#dispatcher.trace = undefined;
    }
  }

  /** Runs `work` and measures each dispatch of it, by the profiler that is made for the device. */
  async profile(profilerFor: (device: GPUDevice) => Profiler, work: () => void): Promise<Timed[]> {
    this.flush();
    const profiler = profilerFor(this.device);
    this.#queue.profiler = profiler;
    try {
      try {
        work();
      } finally {
        this.flush();
        this.#queue.profiler = undefined;
      }
      return await this.#orLost(profiler.finish());
    } finally {
      profiler.close();
    }
  }

  async compile(trace: () => void): Promise<void> {
    const compiling: Promise<void>[] = [];
    try {
      const launch = (operator: string, launch: Launch) => compiling.push(this.#dispatcher.prepare(operator, launch));
      this.traced({ launch }, trace);
    } finally {
      // A trace that throws leaves these behind; their own errors are of no interest then, but must not go unhandled.
      for (const compiled of compiling) compiled.catch(() => {});
    }
    await this.#orLost(Promise.all(compiling));
  }

  /** Memory that stays where it is, for what changes. */
  place(operator: string, elements: number): GpuStorage {
    return this.#storage(elements, this.#pool.acquire(operator, elements * BYTES_PER_ELEMENT, "result"));
  }

  /** Copies values from one storage to another of the same size. */
  copy({ from, to }: Assignment): void {
    const [source, destination] = [from.block, to.block];
    const proven = [source, destination].every(({ check, exposed }) => !exposed && (check?.passed ?? true));
    const command = { operator: "copy", source, destination: destination.buffer, bytes: to.bytes };
    const copied = this.#queue.record(command, [source, destination], proven, to.elements);
    to.checks = unsettled([from.checks, destination.check ? [destination.check] : [], [copied]]);
  }

  /** Writes values over those of a storage, after all that was queued before. */
  overwrite(storage: Storage, values: Float32Array): void {
    this.flush();
    this.#write(gpuStorage(storage), 0, values);
  }

  /**
   * Runs `work` with its operators recorded in place of being run: what they allocate is there only once all lifetimes are known.
   *
   * @param work tells of what it computed what is wanted; it holds references on that
   */
  record(work: () => RecordedOutcome): Recording {
    const recorder = new Recorder((elements) => this.#traced(elements));
    this.#recorder = recorder;
    try {
      const outcome = this.traced(recorder, work);
      return new Recording(this.#recordingHost, recorder, outcome);
    } catch (error) {
      recorder.release();
      throw error;
    } finally {
      this.#recorder = undefined;
    }
  }

  destroy(): void {
    if (this.lostError) return;
    this.flush();
    this.#lose("destroyed", "backend.destroy() was called");
    if (this.options.ownsDevice) this.device.destroy();
  }

  #traced(elements: number): GpuStorage {
    return new BorrowedStorage(elements, this.#nowhere, this.#pool, () =>
      Promise.reject(new Error("a traced tensor has no values")),
    );
  }

  get #recordingHost(): RecordingHost {
    return {
      device: this.device,
      queue: this.#queue,
      pool: this.#pool,
      kernels: this.#kernels,
      traits: this.#dispatcher.traits,
      view: (elements, block) => new BorrowedStorage(elements, block, this.#pool, (storage) => this.#read(storage)),
      allocate: (elements) => this.place("record", elements),
      watch: (check) => this.#watch(check),
    };
  }

  #read(storage: GpuStorage): Promise<Float32Array> {
    return this.#orLost(this.#readback.read(storage));
  }

  #storage(elements: number, block: GpuStorage["block"]): GpuStorage {
    if (block.check && !block.check.passed) this.#watch(block.check);
    return new GpuStorage(elements, block, this.#pool, (storage) => this.#read(storage));
  }

  /** A storage for the queue to write; given back where that throws. */
  #written(operator: string, elements: number, write: (storage: GpuStorage) => void): GpuStorage {
    const storage = this.#storage(elements, this.#pool.acquire(operator, elements * BYTES_PER_ELEMENT, "upload"));
    try {
      write(storage);
    } catch (error) {
      storage.release();
      throw error;
    }
    return storage;
  }

  #write(storage: GpuStorage, start: number, values: Float32Array): void {
    const { buffer, check } = storage.block;
    const write = () =>
      this.device.queue.writeBuffer(
        buffer,
        start * BYTES_PER_ELEMENT,
        values.buffer,
        values.byteOffset,
        values.byteLength,
      );
    // A buffer that could not be allocated refuses the write as well; its own check tells the cause, so the scope's answer can go.
    if (check && !check.passed) checked(this.device, ({ message }) => message, write);
    else write();
  }

  #watch(check: Check): void {
    this.#pendingChecks.add(check);
    check.settled.then(() => this.#pendingChecks.delete(check));
  }

  #lose(reason: BackendLostInfo["reason"], message: string): void {
    if (this.lostError) return;
    this.lostError = new BackendLostError(
      `the device is lost (${reason}: ${message}); make a new one with createBackend()`,
    );
    for (const reject of this.#waiting) reject(this.lostError);
    this.#waiting.clear();
    // What is kept for later serves nobody now, and must not be counted either.
    this.#pool.close();
    this.#readback.close();
    this.#queue.destroy();
    this.#resolveLost({ reason, message });
  }

  #orLost<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
      if (this.lostError) reject(this.lostError);
    });
  }
}

/** Shows memory that is somebody else's, or, while operators are traced, none at all. */
class BorrowedStorage extends GpuStorage {
  protected override free(): void {}
}

/** @throws OptionError where the storage is not on the GPU */
export function gpuStorage(storage: Storage): GpuStorage {
  if (storage instanceof GpuStorage) return storage;
  throw new OptionError("gpuBuffer: this tensor is on the CPU backend and has no GPUBuffer; use read()");
}
