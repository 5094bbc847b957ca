import { byteSize } from "../../../core/byteSize.js";
import { OutOfMemoryError } from "../../../core/errors.js";
import { type Check, checked } from "../commands/faults.js";
import { BufferUsage } from "./bufferUsage.js";

const STORAGE_USAGE = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
const SMALLEST_BLOCK = 256;

/** One GPUBuffer. A storage uses it, it is idle in the pool, or it is the caller's. */
export class Block {
  static #count = 0;
  readonly id = Block.#count++;
  /** The number of the flush that submits the last command on this block; see `CommandQueue.nextFlush`. */
  lastFlush = -1;
  /** The caller has seen the buffer, or owns it. The pool never hands out such a block again. */
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

/** The part of the queue that the pool needs. */
export interface PendingWork {
  /** See `CommandQueue`. */
  readonly nextFlush: number;
}

/**
 * Hands out storage buffers by size class and takes them back for reuse. Idle buffers never exceed `limitBytes`: the
 * pool destroys those that are idle longest. It never reuses a failed allocation.
 *
 * A reused buffer is not cleared. Kernels write every element of their outputs, and read no further than `Params` say.
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
  /** Queued commands use these blocks. The next flush destroys them. */
  #doomed: Block[] = [];

  /** @param onDestroy called for every block that is gone for good; caches drop it then */
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
   * @param purpose the device writes an "upload" before all queued commands run, so it takes no block that they use
   * @throws OutOfMemoryError if `bytes` are more than the device's largest buffer
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

  /** Makes a block of a caller's buffer, and counts it as live. */
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

  /** Called after a flush. A buffer that is destroyed after the submission harms no command in it. */
  afterSubmit(): void {
    for (const block of this.#doomed) block.buffer.destroy();
    this.#doomed = [];
  }

  /** Destroys every buffer that the pool allocated, also those of live storages. */
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
    check.whenSettled(() => {
      if (check.failed && this.#idle.has(block)) this.#evict(block);
    });
    return block;
  }

  #reuse(size: number, purpose: "result" | "upload"): Block | undefined {
    const blocks = this.#idleBySize.get(size);
    const i = blocks?.findLastIndex((block) => purpose === "result" || block.lastFlush < this.pending.nextFlush) ?? -1;
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
    if (block.lastFlush < this.pending.nextFlush) block.buffer.destroy();
    else this.#doomed.push(block);
  }
}

/** Each power of two has four classes. Less than a fifth of a block is unused. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST_BLOCK) return SMALLEST_BLOCK;
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / 4;
  return Math.ceil(bytes / step) * step;
}

/** The size class, or the device's largest buffer if that is smaller. */
export function clampedSizeClass(bytes: number, maxBufferSize: number): number {
  return Math.min(sizeClass(bytes), maxBufferSize - (maxBufferSize % 4));
}
