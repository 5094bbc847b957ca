import { costOf } from "../../core/cost.js";
import { BackendLostError } from "../../core/errors.js";
import type { Kernels } from "../../core/kernels.js";
import { mapValues } from "../../core/objects.js";
import type { Named, Operation } from "../../core/operation.js";
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
  Trace,
} from "../../core/runtime.js";
import { elementsOf } from "../../core/shape.js";
import { PlaceholderStorage, type Storage } from "../../core/storage.js";
import { OperationRecorder } from "../operationRecorder.js";
import { StorageCell } from "../storageCell.js";
import type { Crew } from "./commands/crew.js";
import { CompilingWork, LiveWork, type WorkHost } from "./commands/liveWork.js";
import { Programs } from "./commands/programs.js";
import { TaskQueue } from "./commands/taskQueue.js";
import { wasmKernels } from "./kernels/table.js";
import type { LinearMemory, Span } from "./memory/linearMemory.js";
import { WasmStorage, wasmStorage } from "./memory/wasmStorage.js";
import { type RecordingHost, WasmRecording } from "./recording/wasmRecording.js";

export interface WasmRuntimeOptions {
  readonly memory: LinearMemory;
  readonly crew: Crew;
  readonly info: BackendInfo;
  /** Whether kernels may use fused multiply-add. Then the bits depend on the processor. */
  readonly relaxedSimd: boolean;
  /** The reference's kernels, for operators that have none here. */
  readonly fallback: Kernels<Float32Array>;
}

/** Kernels that this project writes in WebAssembly, with SIMD. Operators queue jobs, and threads run them. */
export class WasmRuntime implements Runtime {
  readonly kind = "wasm";
  readonly info: BackendInfo;
  readonly lost: Promise<BackendLostInfo>;
  readonly sharedBuffers = undefined;
  readonly choices: Choices = {};
  lostError: BackendLostError | undefined;
  readonly #host: WorkHost;
  readonly #fallback: Kernels<Float32Array>;
  readonly #work: LiveWork;
  readonly #kernels: Kernels<Span>;
  #resolveLost: (info: BackendLostInfo) => void = () => {};

  constructor({ memory, crew, info, relaxedSimd, fallback }: WasmRuntimeOptions) {
    this.info = info;
    this.#fallback = fallback;
    const queue = new TaskQueue((error) => this.#lose("unknown", `a kernel failed (${String(error)})`));
    this.#host = { memory, queue, crew, relaxedSimd, programs: new Programs(memory, crew) };
    this.#work = new LiveWork(this.#host);
    this.#kernels = wasmKernels(this.#work, fallback);
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
  }

  upload(operator: string, values: Float32Array): Storage {
    const storage = this.#allocate(operator, values.length);
    // A queued task may still read the values that were here before.
    if (this.#host.queue.isEmpty) this.#host.memory.view(storage.span).set(values);
    else this.#write(storage.span, values.slice());
    return storage;
  }

  fill(operator: string, elements: number, value: number): Storage {
    const storage = this.#allocate(operator, elements);
    this.#work.runOnHost((view) => view(storage.span).fill(value));
    return storage;
  }

  run({ name, outputs, cpu }: Operation, inputs: Named<Storage>): Record<string, Storage> {
    const held: Storage[] = [];
    try {
      const to = mapValues(outputs, (shape) => {
        const storage = this.#allocate(name, elementsOf(shape));
        held.push(storage);
        return storage;
      });
      this.#work.during(name, () => cpu(this.#kernels, mapValues(inputs, spanOf), mapValues(to, spanOf)));
      return to;
    } catch (error) {
      for (const storage of held) storage.release();
      throw error;
    }
  }

  cell(storage: Storage): Cell {
    return new StorageCell(storage, (values) => this.upload("variable", values));
  }

  memory(): BufferMemory {
    return this.#host.memory.usage;
  }

  flush(): void {}

  async settled(): Promise<void> {
    await this.#host.queue.settled();
    if (this.lostError) throw this.lostError;
  }

  tracer(trace: Trace): Executor {
    return {
      upload: (_, values) => new PlaceholderStorage(values.length),
      fill: (_, elements) => new PlaceholderStorage(elements),
      run: ({ name, outputs }) => {
        trace.operator?.(name);
        return mapValues(outputs, (shape) => new PlaceholderStorage(elementsOf(shape)));
      },
    };
  }

  async compile(rehearse: (executor: Executor) => void): Promise<void> {
    const kernels = wasmKernels(new CompilingWork(this.#host), this.#fallback);
    const nowhere = ({ elements }: Storage): Span => ({ address: 0, elements });
    const tracer = this.tracer({});
    rehearse({
      ...tracer,
      run: (operation, inputs) => {
        const outputs = tracer.run(operation, inputs);
        operation.cpu(kernels, mapValues(inputs, nowhere), mapValues(outputs, nowhere));
        return outputs;
      },
    });
  }

  recorder(): Recorder {
    const host: RecordingHost = {
      ...this.#host,
      executor: this,
      kernels: (work) => wasmKernels(work, this.#fallback),
      allocate: (operator, elements) => this.#allocate(operator, elements),
      queueCall: (call) => {
        if ("task" in call) this.#work.runOnHost(call.task);
        else this.#work.run(call.program, call.jobs);
      },
    };
    return new OperationRecorder(this, (work, outcome) => new WasmRecording(host, work, outcome));
  }

  async profile(work: (executor: Executor) => void): Promise<readonly MeasuredRun[]> {
    const runs: MeasuredRun[] = [];
    const { queue } = this.#host;
    work({
      upload: (operator, values) => this.upload(operator, values),
      fill: (operator, elements, value) => this.fill(operator, elements, value),
      run: (operation, inputs) => {
        queue.finish();
        const start = performance.now();
        const outputs = this.run(operation, inputs);
        queue.finish();
        const milliseconds = performance.now() - start;
        runs.push({ operator: operation.name, kernel: this.kind, ...costOf(operation, inputs), milliseconds });
        return outputs;
      },
    });
    return runs;
  }

  /** There are no choices: each operator has one kernel. */
  choosing(): Executor {
    return this;
  }

  adopt(): void {}

  destroy(): void {
    this.#lose("destroyed", "backend.destroy() was called");
  }

  #lose(reason: BackendLostInfo["reason"], message: string): void {
    if (this.lostError) return;
    const { queue, crew } = this.#host;
    const what = reason === "destroyed" ? "was destroyed" : `is lost: ${message}`;
    this.lostError = new BackendLostError(`the WebAssembly backend ${what}; make a new one with createBackend()`);
    queue.abandon(this.lostError);
    crew.dismiss();
    this.#resolveLost({ reason, message });
  }

  #allocate(operator: string, elements: number): WasmStorage {
    const { memory } = this.#host;
    return new WasmStorage(
      memory.allocate(operator, elements),
      (span) => memory.release(span),
      ({ span }) => this.#read(span),
    );
  }

  /** The values of a span after all tasks so far. Later tasks may use its memory for other values. */
  async #read(span: Span): Promise<Float32Array> {
    const { memory, queue } = this.#host;
    const values = await new Promise<Float32Array>((resolve, reject) => {
      queue.push({
        advance() {
          resolve(new Float32Array(memory.view(span)));
          return true;
        },
        abandon: reject,
      });
      void queue.settled();
    });
    if (this.lostError) throw this.lostError;
    return values;
  }

  #write(span: Span, values: Float32Array): void {
    this.#work.runOnHost((view) => view(span).set(values));
  }
}

function spanOf(storage: Storage): Span {
  return wasmStorage(storage).span;
}
