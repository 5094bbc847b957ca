import { KernelError, type WebGPUCNNError } from "../errors.js";
import { BufferUsage, byteSize, type GpuStorage, sizeClass } from "./buffers.js";
import { type Check, checked } from "./faults.js";
import type { CommandQueue } from "./queue.js";

const MAP_MODE_READ = 1;
const MOST_IDLE_BYTES = 64 * 2 ** 20;

/** Brings values back from the GPU through mappable buffers, which are kept for reuse. */
export class Readback {
  #idle: GPUBuffer[] = [];

  constructor(
    private readonly device: GPUDevice,
    private readonly queue: CommandQueue,
  ) {}

  /** The values as of this call. Rejects with the first error among what they hang on. */
  async read(storage: GpuStorage): Promise<Float32Array> {
    const { bytes } = storage;
    const { buffer, check: allocated } = this.#acquire(sizeClass(bytes));
    const proven = (allocated?.passed ?? true) && (storage.block.check?.passed ?? true);
    const command = { operator: "read", source: storage.block, destination: buffer, bytes };
    const copied = this.queue.record(command, [storage.block], proven, bytes);
    this.queue.flush();
    // In scopes, because mapping a buffer that could not be allocated is an error of its own; `allocated` tells the cause.
    const { result: mapped } = checked(
      this.device,
      ({ message }) => message,
      () => buffer.mapAsync(MAP_MODE_READ, 0, bytes),
    );
    const [mapping, error] = await Promise.allSettled([
      mapped,
      firstError([...storage.checks, ...(allocated ? [allocated] : []), copied]),
    ]);
    const failure: unknown = error.status === "fulfilled" ? error.value : error.reason;
    if (mapping.status === "rejected") {
      throw failure ?? new KernelError(`read: the values could not be mapped: ${mapping.reason}`);
    }
    const values = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
    buffer.unmap();
    this.#release(buffer);
    if (failure) throw failure;
    return values;
  }

  clear(): void {
    for (const buffer of this.#idle) buffer.destroy();
    this.#idle = [];
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

  #release(buffer: GPUBuffer): void {
    this.#idle.push(buffer);
    let bytes = this.#idle.reduce((sum, idle) => sum + idle.size, 0);
    while (bytes > MOST_IDLE_BYTES) {
      const oldest = this.#idle.shift();
      bytes -= oldest?.size ?? bytes;
      oldest?.destroy();
    }
  }
}

async function firstError(checks: Iterable<Check>): Promise<WebGPUCNNError | undefined> {
  for (const check of checks) {
    await check.settled;
    if (check.error) return check.error;
  }
  return undefined;
}
