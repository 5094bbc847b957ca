import { BackendLostError, OutOfMemoryError } from "../../core/errors.js";
import type { BackendInfo, BackendLostInfo, BufferMemory, Runtime } from "../../core/runtime.js";
import { Storage } from "../../core/storage.js";
import * as twins from "./kernels.js";

/** A tensor's memory on the CPU. */
export class CpuStorage extends Storage {
  constructor(
    readonly values: Float32Array,
    private readonly onFree: (storage: CpuStorage) => void,
  ) {
    super(values.length);
  }

  override async read(): Promise<Float32Array> {
    return this.values.slice();
  }

  protected override free(): void {
    this.onFree(this);
  }
}

/** The reference: every operator runs at once, on the calling thread. */
export class CpuRuntime implements Runtime {
  readonly kind = "cpu";
  readonly twins = twins;
  readonly info: BackendInfo = {
    vendor: "",
    architecture: "",
    description: "CPU reference: float32 storage, float64 accumulators",
    software: true,
  };
  readonly lost: Promise<BackendLostInfo>;
  lostError: BackendLostError | undefined;
  /** Set while operators are traced: nothing runs. */
  trace: ((operator: string) => void) | undefined;
  /** Set while what runs is measured. */
  profiler: ((operator: string, milliseconds: number) => void) | undefined;
  #liveBytes = 0;
  #peakBytes = 0;
  #resolveLost: (info: BackendLostInfo) => void = () => {};

  constructor() {
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
  }

  allocate(operator: string, elements: number): CpuStorage {
    return this.#hold(newArray(operator, elements));
  }

  upload(operator: string, values: Float32Array): CpuStorage {
    const copy = newArray(operator, values.length);
    copy.set(values);
    return this.#hold(copy);
  }

  fill(operator: string, elements: number, value: number): CpuStorage {
    return this.#hold(newArray(operator, elements).fill(value));
  }

  /** The values of a storage, which is one of this runtime's. */
  valuesOf(storage: Storage): Float32Array {
    if (storage instanceof CpuStorage) return storage.values;
    throw new Error("expected a storage on the CPU");
  }

  memory(): BufferMemory {
    return { liveBytes: this.#liveBytes, pooledBytes: 0, peakBytes: this.#peakBytes };
  }

  flush(): void {}

  async settled(): Promise<void> {
    if (this.lostError) throw this.lostError;
  }

  get tracing(): boolean {
    return this.trace !== undefined;
  }

  /** Runs `work` with its operators named to `trace` in place of being computed. */
  traced(trace: (operator: string) => void, work: () => void): void {
    this.trace = trace;
    try {
      work();
    } finally {
      this.trace = undefined;
    }
  }

  async compile(trace: () => void): Promise<void> {
    this.traced(() => {}, trace);
  }

  destroy(): void {
    if (this.lostError) return;
    this.lostError = new BackendLostError("the CPU backend was destroyed; make a new one with createBackend()");
    this.#resolveLost({ reason: "destroyed", message: "backend.destroy() was called" });
  }

  #hold(values: Float32Array): CpuStorage {
    this.#liveBytes += values.byteLength;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return new CpuStorage(values, (storage) => {
      this.#liveBytes -= storage.bytes;
    });
  }
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
