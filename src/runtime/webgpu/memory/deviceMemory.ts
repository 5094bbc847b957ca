import { OptionError } from "../../../core/errors.js";
import type { BufferMemory } from "../../../core/runtime.js";
import { type Check, quietly, unsettled } from "../commands/faults.js";
import type { CommandQueue } from "../commands/queue.js";
import type { Block, BufferPool } from "./bufferPool.js";
import { BufferUsage } from "./bufferUsage.js";
import { GpuStorage } from "./gpuStorage.js";

const BYTES_PER_ELEMENT = Float32Array.BYTES_PER_ELEMENT;
/** The number of elements of a constant tensor that are written at a time. */
const FILL_ELEMENTS = 2 ** 18;

/** The parts of a runtime that its memory needs. */
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

  /** Call it when the device is lost. There are no values to save any more. */
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

  /**
   * Whether a value is a buffer, of this device or of another one. In Node the class GPUBuffer is not global, so it is
   * taken from a buffer of this device. An object that only has the class's prototype throws when its size is read.
   */
  isBuffer(value: unknown): value is GPUBuffer {
    if (!(value instanceof this.host.queue.paramsBuffer.constructor)) return false;
    try {
      return ["size", "usage"].every((name) => typeof Reflect.get(value, name) === "number");
    } catch {
      return false;
    }
  }

  /** Wraps a caller's buffer. It is never written, pooled or destroyed. @throws OptionError if it lacks a usage */
  wrap(operator: string, buffer: GPUBuffer, elements: number): GpuStorage {
    const needed = BufferUsage.STORAGE | BufferUsage.COPY_SRC;
    if ((buffer.usage & needed) !== needed) {
      throw new OptionError(
        `${operator}: buffer must be a GPUBuffer with the usages STORAGE | COPY_SRC, got the usages 0x${buffer.usage.toString(16)}`,
      );
    }
    return this.#storage(elements, this.host.pool.adopt(buffer, elements * BYTES_PER_ELEMENT));
  }

  /** The storage's buffer, after a flush. The pool never reuses it. */
  expose(storage: GpuStorage): GPUBuffer {
    // The caller's buffer must not change when a variable does. So the values move to memory of their own first.
    storage.tenancy?.vacate();
    this.host.queue.flush();
    storage.block.exposed = true;
    return storage.block.buffer;
  }

  /** A storage that shows the memory of another one. @param giveBack called when the last holder releases the view */
  view(elements: number, block: Block, giveBack: () => void = () => {}): GpuStorage {
    return new GpuStorage(elements, block, giveBack, (storage) => this.host.read(storage));
  }

  /** Copies values from one storage to another of the same size, or a larger one. */
  copy(from: GpuStorage, to: GpuStorage): void {
    to.checks = this.#copied(from, to.block);
  }

  /** Moves a storage, with its values, to memory of its own. @throws OutOfMemoryError */
  moveOut(storage: GpuStorage): void {
    if (this.#closed) return;
    const { pool, watch } = this.host;
    const block = pool.acquire("copy", storage.bytes, "result");
    if (block.check && !block.check.passed) watch(block.check);
    storage.checks = this.#copied(storage, block);
    storage.moveTo(block, () => pool.release(block, storage.bytes));
  }

  /** Overwrites a storage's values, after all queued commands. */
  overwrite(storage: GpuStorage, values: Float32Array): void {
    this.host.queue.flush();
    this.#write(storage, 0, values);
  }

  #copied(from: GpuStorage, destination: Block): ReadonlySet<Check> {
    const blocks = [from.block, destination];
    const command = { operator: "copy", source: from.block, destination: destination.buffer, bytes: from.bytes };
    const copied = this.host.queue.enqueue(command, { blocks, work: from.elements });
    return unsettled([from.checks, destination.check ? [destination.check] : [], [copied]]);
  }

  #storage(elements: number, block: Block): GpuStorage {
    const { pool, read, watch } = this.host;
    if (block.check && !block.check.passed) watch(block.check);
    const bytes = elements * BYTES_PER_ELEMENT;
    return new GpuStorage(elements, block, () => pool.release(block, bytes), read);
  }

  /** A new storage, written by `write`. If `write` throws, the storage is released. */
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
    // If the buffer could not be allocated, this write fails too. The block's own check tells the cause.
    if (check && !check.passed) quietly(device, write);
    else write();
  }
}
