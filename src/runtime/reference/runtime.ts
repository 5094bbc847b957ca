import { costOf } from "../../core/cost.js";
import { BackendLostError, OutOfMemoryError } from "../../core/errors.js";
import { takeTurnIfDue } from "../../core/eventLoop.js";
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
import { PlaceholderStorage, Storage } from "../../core/storage.js";
import { OperationRecorder } from "../operationRecorder.js";
import { StorageCell } from "../storageCell.js";
import { kernels } from "./kernels.js";

/** A tensor's memory on the CPU. */
class ArrayStorage extends Storage {
  constructor(
    private readonly runtime: ReferenceRuntime,
    readonly values: Float32Array,
    private readonly onFree: () => void,
  ) {
    super(values.length);
  }

  override async read(): Promise<Float32Array> {
    const values = this.values.slice();
    await takeTurnIfDue();
    if (this.runtime.lostError) throw this.runtime.lostError;
    return values;
  }

  protected override free(): void {
    this.onFree();
  }
}

/** The reference. Every operator runs at once, on the calling thread, in plain loops with float64 accumulators. */
export class ReferenceRuntime implements Runtime {
  readonly kind = "cpu";
  readonly info: BackendInfo = {
    vendor: "",
    architecture: "",
    description: "CPU reference: float32 storage, float64 accumulators",
    software: true,
    threads: 1,
  };
  readonly lost: Promise<BackendLostInfo>;
  readonly sharedBuffers = undefined;
  readonly choices: Choices = {};
  lostError: BackendLostError | undefined;
  #liveBytes = 0;
  #peakBytes = 0;
  #resolveLost: (info: BackendLostInfo) => void = () => {};

  constructor() {
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
  }

  upload(operator: string, values: Float32Array): Storage {
    const copy = newArray(operator, values.length);
    copy.set(values);
    return this.#hold(copy);
  }

  fill(operator: string, elements: number, value: number): Storage {
    return this.#hold(newArray(operator, elements).fill(value));
  }

  run({ name, outputs, cpu }: Operation, inputs: Named<Storage>): Record<string, Storage> {
    const held: Storage[] = [];
    try {
      const to = mapValues(outputs, (shape) => {
        const storage = this.#hold(newArray(name, elementsOf(shape)));
        held.push(storage);
        return storage;
      });
      cpu(kernels, mapValues(inputs, valuesOf), mapValues(to, valuesOf));
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
    return { liveBytes: this.#liveBytes, pooledBytes: 0, peakBytes: this.#peakBytes };
  }

  flush(): void {}

  async settled(): Promise<void> {
    await takeTurnIfDue();
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
    rehearse(this.tracer({}));
  }

  recorder(): Recorder {
    return new OperationRecorder(this);
  }

  async profile(work: (executor: Executor) => void): Promise<readonly MeasuredRun[]> {
    const runs: MeasuredRun[] = [];
    work({
      upload: (operator, values) => this.upload(operator, values),
      fill: (operator, elements, value) => this.fill(operator, elements, value),
      run: (operation, inputs) => {
        const start = performance.now();
        const outputs = this.run(operation, inputs);
        const milliseconds = performance.now() - start;
        runs.push({ operator: operation.name, kernel: this.kind, ...costOf(operation, inputs), milliseconds });
        return outputs;
      },
    });
    return runs;
  }

  /** There are no choices: the reference has one kernel for each operator. */
  choosing(): Executor {
    return this;
  }

  adopt(): void {}

  destroy(): void {
    if (this.lostError) return;
    this.lostError = new BackendLostError("the CPU backend was destroyed; make a new one with createBackend()");
    this.#resolveLost({ reason: "destroyed", message: "backend.destroy() was called" });
  }

  #hold(values: Float32Array): Storage {
    this.#liveBytes += values.byteLength;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return new ArrayStorage(this, values, () => {
      this.#liveBytes -= values.byteLength;
    });
  }
}

function valuesOf(storage: Storage): Float32Array {
  if (storage instanceof ArrayStorage) return storage.values;
  throw new Error("expected a storage on the CPU");
}

function newArray(operator: string, elements: number): Float32Array {
  try {
    return new Float32Array(elements);
  } catch (cause) {
    throw new OutOfMemoryError(
      `${operator}: a tensor of ${elements} elements is larger than this engine can allocate; split it into smaller batches`,
      { cause },
    );
  }
}
