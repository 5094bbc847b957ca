import { OptionError } from "../../../core/errors.js";
import type { BufferMemory } from "../../../core/runtime.js";
import { type Check, checked, unsettled } from "../commands/faults.js";
import type { CommandQueue } from "../commands/queue.js";
import type { Block, BufferPool } from "./bufferPool.js";
import { BufferUsage } from "./bufferUsage.js";
import { GpuStorage } from "./gpuStorage.js";

const BYTES_PER_ELEMENT = Float32Array.BYTES_PER_ELEMENT;
/** How much of a constant tensor is written at a time. */
const FILL_ELEMENTS = 2 ** 18;

/** What the memory needs of its runtime. */
interface MemoryHost {
  readonly device: GPUDevice;
  readonly queue: CommandQueue;
  readonly pool: BufferPool;
  read(storage: GpuStorage): Promise<Float32Array>;
  /** Waits for a check in `settled()`. */
  watch(check: Check): void;
}

/** Makes storages on a device, and moves values to, within and between them. */
export class DeviceMemory {
  #closed = false;

  constructor(private readonly host: MemoryHost) {}

  /** The device is lost: there are no values to save any more. */
  close(): void {
    this.#closed = true;
  }

  get usage(): BufferMemory {
    const { liveBytes, pooledBytes, peakBytes } = this.host.pool;
    return { liveBytes, pooledBytes, peakBytes };
  }

  /** Memory of unspecified content. @throws OutOfMemoryError */
  allocate(operator: string, elements: number): GpuStorage {
    return this.#storage(elements, this.host.pool.acquire(operator, elements * BYTES_PER_ELEMENT, "result"));
  }

  /** @throws OutOfMemoryError */
  upload(operator: string, values: Float32Array): GpuStorage {
    return this.#written(operator, values.length, (storage) => this.#write(storage, 0, values));
  }

  /** @throws OutOfMemoryError */
  fill(operator: string, elements: number, value: number): GpuStorage {
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
    return this.#storage(elements, this.host.pool.adopt(buffer, elements * BYTES_PER_ELEMENT));
  }

  /** The storage's buffer, after a flush, out of pooling for good. */
  expose(storage: GpuStorage): GPUBuffer {
    // The caller's buffer must not change with a variable: the values go to memory of their own first.
    storage.tenancy?.vacate();
    this.host.queue.flush();
    storage.block.exposed = true;
    return storage.block.buffer;
  }

  /** A storage that shows memory which another one holds. @param giveBack called when nobody holds the view any more */
  view(elements: number, block: Block, giveBack: () => void = () => {}): GpuStorage {
    return new GpuStorage(elements, block, giveBack, (storage) => this.host.read(storage));
  }

  /** Copies values from one storage to another of the same size, or a larger one. */
  copy(from: GpuStorage, to: GpuStorage): void {
    to.checks = this.#copied(from, to.block);
  }

  /** Copies a storage's values to memory of its own, where it lives from then on. @throws OutOfMemoryError */
  moveOut(storage: GpuStorage): void {
    if (this.#closed) return;
    const { pool, watch } = this.host;
    const block = pool.acquire("copy", storage.bytes, "result");
    if (block.check && !block.check.passed) watch(block.check);
    storage.checks = this.#copied(storage, block);
    storage.moveTo(block, () => pool.release(block, storage.bytes));
  }

  /** Writes values over those of a storage, after all that was queued before. */
  overwrite(storage: GpuStorage, values: Float32Array): void {
    this.host.queue.flush();
    this.#write(storage, 0, values);
  }

  #copied(from: GpuStorage, destination: Block): ReadonlySet<Check> {
    const blocks = [from.block, destination];
    const exposed = blocks.some((block) => block.exposed);
    const proven = !exposed && blocks.every(({ check }) => check?.passed ?? true);
    const command = { operator: "copy", source: from.block, destination: destination.buffer, bytes: from.bytes };
    const copied = this.host.queue.record(command, { blocks, proven, work: from.elements });
    if (exposed) this.host.queue.flush();
    return unsettled([from.checks, destination.check ? [destination.check] : [], [copied]]);
  }

  #storage(elements: number, block: Block): GpuStorage {
    const { pool, read, watch } = this.host;
    if (block.check && !block.check.passed) watch(block.check);
    const bytes = elements * BYTES_PER_ELEMENT;
    return new GpuStorage(elements, block, () => pool.release(block, bytes), read);
  }

  /** A storage for the queue to write; given back where that throws. */
  #written(operator: string, elements: number, write: (storage: GpuStorage) => void): GpuStorage {
    const storage = this.#storage(elements, this.host.pool.acquire(operator, elements * BYTES_PER_ELEMENT, "upload"));
    try {
      write(storage);
    } catch (error) {
      storage.release();
      throw error;
    }
    return storage;
  }

  #write(storage: GpuStorage, start: number, values: Float32Array): void {
    const { device } = this.host;
    const { buffer, check } = storage.block;
    const write = () =>
      device.queue.writeBuffer(buffer, start * BYTES_PER_ELEMENT, values.buffer, values.byteOffset, values.byteLength);
    // A buffer that could not be allocated refuses the write as well; its own check tells the cause, so the scope's answer can go.
    if (check && !check.passed) checked(device, ({ message }) => message, write);
    else write();
  }
}
