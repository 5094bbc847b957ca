import { BackendLostError } from "../../core/errors.js";
import type { DeviceTraits, Launch, Named, Operation } from "../../core/operation.js";
import type {
  BackendInfo,
  BackendLostInfo,
  BufferMemory,
  Cell,
  Choices,
  Executor,
  MeasuredRun,
  Recorder,
  Runtime,
  SharedBuffers,
  Trace,
} from "../../core/runtime.js";
import { PlaceholderStorage, type Storage } from "../../core/storage.js";
import { choicesFor, type Tuning } from "../../core/tuning.js";
import type { BindingLimits } from "./commands/batches.js";
import { GpuExecutor, type LaunchTarget } from "./commands/executor.js";
import type { Check } from "./commands/faults.js";
import { FirefoxPoll } from "./commands/firefoxPoll.js";
import { KernelLauncher } from "./commands/kernelLauncher.js";
import type { Profiler } from "./commands/profiler.js";
import { CommandQueue } from "./commands/queue.js";
import { UnexpectedErrors } from "./commands/unexpectedErrors.js";
import { backendInfo } from "./device.js";
import { Block, BufferPool } from "./memory/bufferPool.js";
import { DeviceMemory } from "./memory/deviceMemory.js";
import { GpuCell } from "./memory/gpuCell.js";
import { gpuStorage } from "./memory/gpuStorage.js";
import { Readback } from "./memory/readback.js";
import { LaunchRecorder } from "./recording/launchRecorder.js";
import { KernelCache } from "./shaders/pipelines.js";

/** The most work of one submission, in estimated operations. It takes some tens of milliseconds. */
const WORK_PER_SUBMIT = { software: 1e8, gpu: 2e10 } as const;

export interface GpuRuntimeOptions {
  /** Whether `destroy()` destroys the device: true for a device of our own, false for a caller's. */
  readonly ownsDevice: boolean;
  readonly poolLimitBytes: number;
  /** Set if the adapter is known. In older browsers it cannot be read from a device. */
  readonly adapterInfo?: GPUAdapterInfo | undefined;
  readonly tuning?: Tuning | undefined;
  /** Whether `confirmQuads` has confirmed quads on this device. False if left out. */
  readonly quads?: boolean;
}

/** Buffers, kernels and the queue of one device. */
export class GpuRuntime implements Runtime {
  readonly kind = "webgpu";
  readonly info: BackendInfo;
  readonly lost: Promise<BackendLostInfo>;
  readonly sharedBuffers: SharedBuffers;
  lostError: BackendLostError | undefined;
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #memory: DeviceMemory;
  readonly #kernels: KernelCache;
  readonly #launcher: KernelLauncher;
  readonly #readback: Readback;
  readonly #poll: FirefoxPoll;
  readonly #limits: BindingLimits;
  #traits: DeviceTraits;
  #executor: GpuExecutor;
  /** The block of storages that a recorder makes. It is never bound. */
  readonly #nowhere: Block;
  /** The profilers of executors that measure. */
  readonly #profilers = new WeakMap<Executor, Profiler>();
  readonly #pendingChecks = new Set<Check>();
  readonly #forget = (check: Check): void => {
    this.#pendingChecks.delete(check);
  };
  /** These reject the promises that would never settle after the device is lost. */
  readonly #waiting = new Set<(error: BackendLostError) => void>();
  /** Errors outside every error scope, on a device of our own. `settled` reports them. */
  readonly #unexpected = new UnexpectedErrors();
  #resolveLost: (info: BackendLostInfo) => void = () => {};

  constructor(
    private readonly device: GPUDevice,
    private readonly options: GpuRuntimeOptions,
  ) {
    this.info = backendInfo(options.adapterInfo ?? device.adapterInfo);
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
    const workPerSubmit = this.info.software ? WORK_PER_SUBMIT.software : WORK_PER_SUBMIT.gpu;
    const watch = (check: Check) => this.#watch(check);
    this.#queue = new CommandQueue(device, { workPerSubmit }, () => this.#pool.afterSubmit(), watch);
    this.#kernels = new KernelCache(device, this.#queue.paramsBytes);
    this.#launcher = new KernelLauncher(device, this.#kernels, this.#queue);
    this.#pool = new BufferPool(device, this.#queue, options.poolLimitBytes, (block) =>
      this.#launcher.bindGroups.forget(block),
    );
    this.#readback = new Readback(device, this.#queue);
    this.#poll = new FirefoxPoll(device);
    const read = (storage: Parameters<Readback["read"]>[0]) => this.#orLost(this.#readback.read(storage));
    this.#memory = new DeviceMemory({ device, queue: this.#queue, pool: this.#pool, read, watch });
    this.sharedBuffers = {
      isBuffer: (value) => this.#memory.isBuffer(value),
      wrap: (operator, buffer, elements) => this.#memory.wrap(operator, buffer, elements),
      expose: (storage) => this.#memory.expose(gpuStorage(storage)),
    };
    this.#nowhere = new Block(this.#queue.paramsBuffer, 0, "caller", undefined);
    this.#limits = {
      maxBindingBytes: device.limits.maxStorageBufferBindingSize,
      offsetAlignment: device.limits.minStorageBufferOffsetAlignment,
    };
    this.#traits = {
      software: this.info.software,
      quads: options.quads ?? false,
      maxBindingBytes: this.#limits.maxBindingBytes,
      tuning: choicesFor(this.info, options.tuning),
    };
    this.#executor = this.#live(this.#traits);
    device.lost.then(({ reason, message }) => this.#lose(reason === "destroyed" ? reason : "unknown", message));
    if (options.ownsDevice) {
      device.addEventListener("uncapturederror", ({ error }) => {
        this.#unexpected.add(error.message);
      });
    }
  }

  upload(operator: string, values: Float32Array): Storage {
    return this.#memory.upload(operator, values);
  }

  fill(operator: string, elements: number, value: number): Storage {
    return this.#memory.fill(operator, elements, value);
  }

  run(operation: Operation, inputs: Named<Storage>): Record<string, Storage> {
    return this.#executor.run(operation, inputs);
  }

  cell(storage: Storage): Cell {
    return new GpuCell(this.#memory, storage);
  }

  memory(): BufferMemory {
    return this.#memory.usage;
  }

  flush(): void {
    this.#queue.flush();
  }

  async settled(): Promise<void> {
    if (this.lostError) throw this.lostError;
    this.flush();
    await this.#orLost(this.device.queue.onSubmittedWorkDone());
    await this.#orLost(Promise.all([...this.#pendingChecks].map((check) => check.settled)));
    const error = this.#unexpected.take();
    if (error) throw error;
  }

  tracer(trace: Trace): Executor {
    return this.#rehearsing({
      operator: (name) => trace.operator?.(name),
      workspace: (bytes) => trace.workspace?.(bytes),
      launch: (operator, launch) => trace.launch?.(operator, launch),
    });
  }

  async compile(rehearse: (executor: Executor) => void, choices: Choices = this.choices): Promise<void> {
    const compiling: Promise<void>[] = [];
    const launch = (operator: string, { shader, constants }: Launch) => {
      compiling.push(this.#kernels.prepare(operator, shader, constants));
    };
    try {
      rehearse(this.#rehearsing({ launch }, { ...this.#traits, tuning: choices }));
    } finally {
      // If the rehearsal throws, nobody waits for these. Their errors must not go unhandled.
      for (const compiled of compiling) compiled.catch(() => {});
    }
    await this.#orLost(Promise.all(compiling));
  }

  recorder(): Recorder {
    const host = {
      device: this.device,
      queue: this.#queue,
      memory: this.#memory,
      kernels: this.#kernels,
      watch: (check: Check) => this.#watch(check),
      profilerOf: (executor: Executor) => this.#profilers.get(executor),
    };
    return new LaunchRecorder(host, this.#traits, this.#limits, this.#nowhere);
  }

  async profile(work: (executor: Executor) => void): Promise<readonly MeasuredRun[]> {
    // Loaded on demand: most apps measure nothing.
    const { Profiler } = await import("./commands/profiler.js");
    this.flush();
    const profiler = new Profiler(this.device);
    const executor = this.#live(this.#traits, profiler);
    this.#profilers.set(executor, profiler);
    try {
      try {
        work(executor);
      } finally {
        this.flush();
      }
      return await this.#orLost(profiler.finish());
    } finally {
      profiler.close();
    }
  }

  get choices(): Choices {
    return this.#traits.tuning;
  }

  choosing(choices: Choices): Executor {
    return this.#live({ ...this.#traits, tuning: choices });
  }

  adopt(choices: Choices): void {
    this.#traits = { ...this.#traits, tuning: choices };
    this.#executor = this.#live(this.#traits);
  }

  destroy(): void {
    if (this.lostError) return;
    this.flush();
    this.#lose("destroyed", "backend.destroy() was called");
    if (this.options.ownsDevice) this.device.destroy();
  }

  /** An executor that runs operations. */
  #live(traits: DeviceTraits, profiler?: Profiler): GpuExecutor {
    const memory = this.#memory;
    return new GpuExecutor(traits, this.#limits, {
      allocate: (operator, elements, within) =>
        within ? memory.view(elements, gpuStorage(within).block) : memory.allocate(operator, elements),
      upload: (operator, values) => memory.upload(operator, values),
      fill: (operator, elements, value) => memory.fill(operator, elements, value),
      launch: (operator, launch) => this.#launcher.launch(operator, launch, profiler),
    });
  }

  /** An executor that only plans operations. Their tensors have no memory. */
  #rehearsing(notes: Pick<LaunchTarget, "operator" | "workspace" | "launch">, traits = this.#traits): GpuExecutor {
    return new GpuExecutor(traits, this.#limits, {
      ...notes,
      allocate: (_, elements) => new PlaceholderStorage(elements),
      upload: (_, values) => new PlaceholderStorage(values.length),
      fill: (_, elements) => new PlaceholderStorage(elements),
    });
  }

  #watch(check: Check): void {
    this.#pendingChecks.add(check);
    check.whenSettled(this.#forget);
  }

  #lose(reason: BackendLostInfo["reason"], message: string): void {
    if (this.lostError) return;
    this.lostError = new BackendLostError(
      `the device is lost (${reason}: ${message}); make a new one with createBackend()`,
    );
    for (const reject of this.#waiting) reject(this.lostError);
    this.#waiting.clear();
    // Pooled memory is no longer of use, and must not be counted.
    this.#memory.close();
    this.#pool.close();
    this.#readback.close();
    this.#queue.destroy();
    this.#resolveLost({ reason, message });
  }

  #orLost<Result>(work: Promise<Result>): Promise<Result> {
    const outcome = new Promise<Result>((resolve, reject) => {
      this.#waiting.add(reject);
      // wgpu rejects requests to a lost device, perhaps before it reports the loss. So this waits one turn for the
      // report.
      const refuse = (error: unknown) => setTimeout(() => reject(this.lostError ?? error));
      work.then(resolve, refuse).finally(() => this.#waiting.delete(reject));
      if (this.lostError) reject(this.lostError);
    });
    return this.#poll.during(outcome);
  }
}
