import { byteSize } from "../../../core/byteSize.js";
import { BackendLostError, KernelError, type WebGPUCNNError } from "../../../core/errors.js";
import { type Check, checked, firstError, quietly } from "../commands/faults.js";
import type { CommandQueue } from "../commands/queue.js";
import { clampedSizeClass } from "./bufferPool.js";
import { BufferUsage, MAP_MODE_READ } from "./bufferUsage.js";
import type { GpuStorage } from "./gpuStorage.js";

const MOST_IDLE_BYTES = 64 * 2 ** 20;

/** A browser on a busy machine reports a loss seconds after the reads that it rejects. Milliseconds. */
const LOSS_REPORT_TIMEOUT = 30_000;

/** Reads values back from the GPU through mappable buffers. It keeps the buffers for reuse. */
export class Readback {
  #idle: GPUBuffer[] = [];
  #closed = false;

  constructor(
    private readonly device: GPUDevice,
    private readonly queue: CommandQueue,
  ) {}

  /** The values as of this call. Rejects with the error of the first check that fails. */
  async read(storage: GpuStorage): Promise<Float32Array> {
    const { bytes, block } = storage;
    const { buffer, check: allocated } = this.#acquire(clampedSizeClass(bytes, this.device.limits.maxBufferSize));
    const command = { operator: "read", source: block, destination: buffer, bytes };
    const copied = this.queue.enqueue(command, { blocks: [block], check: allocated, work: bytes });
    this.queue.flush();
    // A buffer that could not be allocated cannot be mapped. `allocated` tells the cause.
    const mapped = quietly(this.device, () => buffer.mapAsync(MAP_MODE_READ, 0, bytes));
    let values: Float32Array | undefined;
    try {
      const checks = [...storage.checks, ...(allocated ? [allocated] : []), copied];
      const [mapping, error] = await Promise.all([outcomeOf(mapped), firstError(checks)]);
      if (error) throw error;
      if (mapping.status === "rejected") throw await this.#mappingError(mapping.reason);
      values = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
      return values;
    } finally {
      if (values && !this.#closed) this.#recycle(buffer);
      else buffer.destroy();
    }
  }

  close(): void {
    this.#closed = true;
    for (const buffer of this.#idle) buffer.destroy();
    this.#idle = [];
  }

  /**
   * A lost device rejects the mapping. In browsers it does so before it reports the loss, so this waits for the report.
   */
  async #mappingError(reason: unknown): Promise<WebGPUCNNError> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), LOSS_REPORT_TIMEOUT);
    });
    const lost = await Promise.race([this.device.lost, late]);
    clearTimeout(timer);
    return lost
      ? new BackendLostError(`read: the device is lost (${lost.message}); make a new one with createBackend()`)
      : new KernelError(`read: the values could not be mapped: ${reason}`);
  }

  #acquire(size: number): { buffer: GPUBuffer; check: Check | undefined } {
    const i = this.#idle.findIndex((buffer) => buffer.size === size);
    const [idle] = i < 0 ? [] : this.#idle.splice(i, 1);
    if (idle) return { buffer: idle, check: undefined };
    const { result: buffer, check } = checked(
      this.device,
      (error) => `read: the device could not allocate ${byteSize(size)} to read back through (${error.message})`,
      () =>
        this.device.createBuffer({
          size,
          usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
          label: "webgpu-cnn readback",
        }),
    );
    return { buffer, check };
  }

  #recycle(buffer: GPUBuffer): void {
    buffer.unmap();
    this.#idle.push(buffer);
    let bytes = this.#idle.reduce((sum, idle) => sum + idle.size, 0);
    while (bytes > MOST_IDLE_BYTES) {
      const oldest = this.#idle.shift();
      bytes -= oldest?.size ?? bytes;
      oldest?.destroy();
    }
  }
}

async function outcomeOf(promise: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome;
}
