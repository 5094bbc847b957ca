import { byteSize } from "../../../core/byteSize.js";
import { OutOfMemoryError } from "../../../core/errors.js";
import type { BufferMemory } from "../../../core/runtime.js";
import { MOST_PAGES } from "../assembler/moduleBuilder.js";

const PAGE_BYTES = 65536;
/** Tensors begin at multiples of this, the size of a cache line. */
const ALIGNMENT = 64;
/** Kernels load whole vectors, so they may read this far beyond the end of a tensor. */
const MARGIN = 64;
const BYTES_PER_ELEMENT = Float32Array.BYTES_PER_ELEMENT;

/** A tensor's place in linear memory. */
export interface Span {
  /** In bytes. */
  readonly address: number;
  /** The number of float32 values. */
  readonly elements: number;
}

/** A free range of bytes. */
interface Gap {
  address: number;
  bytes: number;
}

/**
 * The memory that all tensors and kernels of a runtime share. It grows and never shrinks. Memory that is released is
 * used again.
 */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly mostPages: number;
  /** Sorted by address. Neighbours are joined. */
  readonly #gaps: Gap[] = [];
  /** Memory from here on was never used. */
  #top: number;
  #liveBytes = 0;
  #peakBytes = 0;
  #pooledBytes = 0;

  /**
   * @param reservedBytes the bytes at the beginning that are not for tensors
   * @throws RangeError if the engine has no room for it
   */
  constructor(
    readonly shared: boolean,
    readonly reservedBytes: number,
  ) {
    const { memory, mostPages } = openMemory(shared, Math.ceil((reservedBytes + MARGIN) / PAGE_BYTES));
    this.memory = memory;
    this.mostPages = mostPages;
    this.#top = aligned(reservedBytes);
  }

  get usage(): BufferMemory {
    return { liveBytes: this.#liveBytes, pooledBytes: this.#pooledBytes, peakBytes: this.#peakBytes };
  }

  /** Memory of unspecified content. @throws OutOfMemoryError */
  allocate(operator: string, elements: number): Span {
    const bytes = elements * BYTES_PER_ELEMENT;
    const size = aligned(bytes);
    const most = this.mostPages * PAGE_BYTES;
    if (size > most) {
      throw new OutOfMemoryError(
        `${operator}: a tensor of ${byteSize(bytes)} is larger than WebAssembly's memory can be, ${byteSize(most)}; split it into smaller batches`,
      );
    }
    const address = this.#reuse(size) ?? this.#extend(operator, size);
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return { address, elements };
  }

  release({ address, elements }: Span): void {
    const bytes = elements * BYTES_PER_ELEMENT;
    this.#liveBytes -= bytes;
    this.#free(address, aligned(bytes));
  }

  /** The values of a span. The view is valid until the next allocation. */
  view({ address, elements }: Span): Float32Array<ArrayBufferLike> {
    return new Float32Array(this.memory.buffer, address, elements);
  }

  /** The smallest gap that is large enough. */
  #reuse(size: number): number | undefined {
    let best: Gap | undefined;
    for (const gap of this.#gaps) {
      if (gap.bytes >= size && (!best || gap.bytes < best.bytes)) best = gap;
    }
    if (!best) return undefined;
    const { address } = best;
    best.address += size;
    best.bytes -= size;
    this.#pooledBytes -= size;
    if (best.bytes === 0) this.#gaps.splice(this.#gaps.indexOf(best), 1);
    return address;
  }

  #extend(operator: string, size: number): number {
    // A gap at the end becomes a part of the new memory.
    const last = this.#gaps.at(-1);
    const open = last && last.address + last.bytes === this.#top ? last : undefined;
    const address = open?.address ?? this.#top;
    this.#grow(operator, address + size);
    if (open) {
      this.#gaps.pop();
      this.#pooledBytes -= open.bytes;
    }
    this.#top = address + size;
    return address;
  }

  #grow(operator: string, end: number): void {
    const pages = Math.ceil((end + MARGIN) / PAGE_BYTES);
    const present = this.memory.buffer.byteLength / PAGE_BYTES;
    if (pages <= present) return;
    // Growing takes time, so it grows by an eighth at least.
    const ample = Math.min(this.mostPages, Math.max(pages, Math.ceil(present * 1.125)));
    if (pages <= this.mostPages && (this.#growTo(ample) || this.#growTo(pages))) return;
    const { liveBytes, pooledBytes } = this.usage;
    throw new OutOfMemoryError(
      `${operator}: WebAssembly's memory ends; ${byteSize(liveBytes)} are in use, ${byteSize(pooledBytes)} are free in pieces, and the engine gives no more; dispose of tensors or use smaller batches`,
    );
  }

  #growTo(pages: number): boolean {
    try {
      this.memory.grow(pages - this.memory.buffer.byteLength / PAGE_BYTES);
      return true;
    } catch {
      // The engine's own error says no more than that it did not work.
      return false;
    }
  }

  #free(address: number, bytes: number): void {
    if (bytes === 0) return;
    this.#pooledBytes += bytes;
    let i = this.#gaps.findIndex((gap) => gap.address > address);
    if (i < 0) i = this.#gaps.length;
    const before = this.#gaps[i - 1];
    const after = this.#gaps[i];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (joinsBefore) {
      before.bytes += bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) this.#gaps.splice(i, 1);
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.#gaps.splice(i, 0, { address, bytes });
    }
  }
}

/** Some engines refuse a shared memory that may become large. So the maximum is stepped down. */
function openMemory(
  shared: boolean,
  initial: number,
): { readonly memory: WebAssembly.Memory; readonly mostPages: number } {
  for (let mostPages = MOST_PAGES; ; mostPages /= 2) {
    try {
      return { memory: new WebAssembly.Memory({ initial, maximum: mostPages, shared }), mostPages };
    } catch (error) {
      if (!(error instanceof RangeError) || mostPages <= 1024) throw error;
    }
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
