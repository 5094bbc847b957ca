import { byteSize } from "../../../core/byteSize.js";
import { OutOfMemoryError } from "../../../core/errors.js";
import { type Check, checked } from "../commands/faults.js";
import { BufferUsage } from "./bufferUsage.js";

const STORAGE_USAGE = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
const SMALLEST_BLOCK = 256;

/** One GPUBuffer, in a tensor's hands, in the pool, or the caller's. */
export class Block {
  static #count = 0;
  readonly id = Block.#count++;
  /** The batch of commands that touched this block last; see CommandQueue. */
  lastBatch = -1;
  /** Never handed out again: the caller has seen the buffer, or owns it. */
  exposed: boolean;

  constructor(
    readonly buffer: GPUBuffer,
    readonly bytes: number,
    readonly owner: "pool" | "caller",
    /** Whether the allocation went well. */
    readonly check: Check | undefined,
  ) {
    this.exposed = owner === "caller";
  }
}

/** What the pool asks of the commands that are recorded but not yet submitted. */
export interface PendingWork {
  /** The batch being recorded. */
  readonly batch: number;
}

/**
 * Hands out storage buffers by size class and takes them back for reuse. What lies idle never exceeds `limitBytes`: the longest idle
 * buffers are destroyed first. A failed allocation is never reused.
 *
 * No buffer is cleared on reuse: kernels write every element of their outputs and read no further than `Params` say.
 */
export class BufferPool {
  #liveBytes = 0;
  #peakBytes = 0;
  #pooledBytes = 0;
  #closed = false;
  /** Every block that the pool allocated and has not destroyed. */
  readonly #all = new Set<Block>();
  /** Idle blocks, the longest idle first. */
  readonly #idle = new Set<Block>();
  readonly #idleBySize = new Map<number, Block[]>();
  /** Destroyed as soon as the commands that use them are submitted. */
  #doomed: Block[] = [];

  /** @param onDestroy told of every block that is gone for good, so that nothing caches it */
  constructor(
    private readonly device: GPUDevice,
    private readonly pending: PendingWork,
    private readonly limitBytes: number,
    private readonly onDestroy: (block: Block) => void,
  ) {}

  /** Bytes of values held by live storages. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** The highest `liveBytes` so far. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes of idle buffers kept for reuse. */
  get pooledBytes(): number {
    return this.#pooledBytes;
  }

  /**
   * A block of at least `bytes`.
   *
   * @param operator named by the error
   * @param purpose an "upload" is written by the queue ahead of all recorded commands, so it takes no block which they still use
   * @throws OutOfMemoryError where the device's limits rule it out
   */
  acquire(operator: string, bytes: number, purpose: "result" | "upload"): Block {
    const { maxBufferSize } = this.device.limits;
    if (bytes > maxBufferSize) {
      throw new OutOfMemoryError(
        `${operator}: a tensor of ${byteSize(bytes)} is larger than this device's largest buffer, ${byteSize(maxBufferSize)}; split it into smaller batches`,
      );
    }
    const size = clampedSizeClass(bytes, maxBufferSize);
    const block = this.#reuse(size, purpose) ?? this.#allocate(operator, size);
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return block;
  }

  /** Counts a buffer of the caller's as live. */
  adopt(buffer: GPUBuffer, bytes: number): Block {
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return new Block(buffer, buffer.size, "caller", undefined);
  }

  /** Takes back a block of which a storage used `bytes`. */
  release(block: Block, bytes: number): void {
    this.#liveBytes -= bytes;
    if (block.owner === "caller") this.onDestroy(block);
    else if (this.#closed || block.exposed || block.check?.failed || block.bytes > this.limitBytes)
      this.#destroy(block);
    else this.#keep(block);
  }

  /** Called when all recorded commands are submitted: from here on a destroyed buffer harms none of them. */
  afterSubmit(): void {
    for (const block of this.#doomed) block.buffer.destroy();
    this.#doomed = [];
  }

  /** Destroys every buffer of the pool's, those of live storages too. */
  close(): void {
    this.#closed = true;
    for (const block of [...this.#idle]) this.#forget(block);
    for (const block of [...this.#all]) this.#destroy(block);
    this.afterSubmit();
  }

  #allocate(operator: string, size: number): Block {
    const { result: buffer, check } = checked(
      this.device,
      (error) =>
        `${operator}: the device could not allocate ${byteSize(size)} (${error.message}); dispose of tensors or use smaller batches`,
      () => this.device.createBuffer({ size, usage: STORAGE_USAGE, label: "webgpu-cnn tensor" }),
    );
    const block = new Block(buffer, size, "pool", check);
    this.#all.add(block);
    check.settled.then(() => {
      if (check.failed && this.#idle.has(block)) this.#evict(block);
    });
    return block;
  }

  #reuse(size: number, purpose: "result" | "upload"): Block | undefined {
    const blocks = this.#idleBySize.get(size);
    const i = blocks?.findLastIndex((block) => purpose === "result" || block.lastBatch < this.pending.batch) ?? -1;
    const block = blocks?.[i];
    if (!block) return undefined;
    this.#forget(block);
    return block;
  }

  #keep(block: Block): void {
    const blocks = this.#idleBySize.get(block.bytes);
    if (blocks) blocks.push(block);
    else this.#idleBySize.set(block.bytes, [block]);
    this.#idle.add(block);
    this.#pooledBytes += block.bytes;
    for (const oldest of this.#idle) {
      if (this.#pooledBytes <= this.limitBytes) break;
      this.#evict(oldest);
    }
  }

  #forget(block: Block): void {
    this.#idle.delete(block);
    const blocks = this.#idleBySize.get(block.bytes);
    blocks?.splice(blocks.indexOf(block), 1);
    if (blocks?.length === 0) this.#idleBySize.delete(block.bytes);
    this.#pooledBytes -= block.bytes;
  }

  #evict(block: Block): void {
    this.#forget(block);
    this.#destroy(block);
  }

  #destroy(block: Block): void {
    if (!this.#all.delete(block)) return;
    this.onDestroy(block);
    if (block.lastBatch < this.pending.batch) block.buffer.destroy();
    else this.#doomed.push(block);
  }
}

/** Four classes to each power of two, so that less than a fifth of a block is unused. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST_BLOCK) return SMALLEST_BLOCK;
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / 4;
  return Math.ceil(bytes / step) * step;
}

/** The size class, or the whole of what the device allows where that is less. */
export function clampedSizeClass(bytes: number, maxBufferSize: number): number {
  return Math.min(sizeClass(bytes), maxBufferSize - (maxBufferSize % 4));
}
