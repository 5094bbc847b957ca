import type { BackendLostError } from "./errors.js";
import type { Storage } from "./tensor.js";

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

/** Bytes in use by tensors, without what passes values to and fro: the params buffer, and up to 64 MiB for reading back. */
export interface BufferMemory {
  /** Held by live storages: 4 bytes an element, reshapes counted once. */
  readonly liveBytes: number;
  /** Idle buffers kept for reuse. */
  readonly pooledBytes: number;
  /** The highest `liveBytes` so far, the workspace of operators included. */
  readonly peakBytes: number;
}

/** What the two kinds of runtime, `CpuRuntime` and `GpuRuntime`, have in common: memory, and an end. */
export interface Runtime {
  readonly info: BackendInfo;
  /** Resolves when the runtime can no longer be used. */
  readonly lost: Promise<BackendLostInfo>;
  /** Set once it is lost: what every later call throws. */
  readonly lostError: BackendLostError | undefined;
  /** Memory of unspecified content. @throws OutOfMemoryError */
  allocate(operator: string, elements: number): Storage;
  /** Copies the values. @throws OutOfMemoryError */
  upload(operator: string, values: Float32Array): Storage;
  /** Memory whose every element is `value`. @throws OutOfMemoryError */
  fill(operator: string, elements: number, value: number): Storage;
  memory(): BufferMemory;
  /** Submits what is queued, before it returns. */
  flush(): void;
  /** Waits for all queued work; rejects where something went wrong that no read will tell. */
  settled(): Promise<void>;
  /** Runs `trace` in such a way that operators only compile what they need, and waits for the compiler. */
  compile(trace: () => void): Promise<void>;
  /** Whether `compile` is running its trace: nothing is computed. */
  readonly tracing: boolean;
  destroy(): void;
}
