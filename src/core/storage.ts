/**
 * The memory behind tensors. Several holders share it: a tensor, its reshapes, a recorded step, work in flight.
 * Each holder retains it once and releases it once. The last release frees it.
 *
 * A runtime makes storages, and only the runtime knows where the values lie. Its memory may move, because the memory of
 * WebAssembly can grow. So other code must not keep a view of it.
 */
export abstract class Storage {
  #references = 1;

  /** @param elements number of float32 values */
  constructor(readonly elements: number) {}

  get bytes(): number {
    return this.elements * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Whether it has more than one holder. */
  get shared(): boolean {
    return this.#references > 1;
  }

  /** Whether the caller has its buffer, and may change its values. */
  get exposed(): boolean {
    return false;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    this.#references--;
    if (this.#references === 0) this.free();
  }

  /** The values as of this call, in row-major order. */
  abstract read(): Promise<Float32Array>;

  /** Called once, after the last release. */
  protected abstract free(): void;
}

/** The part of a storage that holds one chunk of a batch. */
export interface StorageChunk {
  readonly storage: Storage;
  readonly offset: number;
  readonly bytes: number;
}

/** A kernel can bind it. */
export type Bindable = Storage | StorageChunk;

/** A placeholder: a storage without memory. It is an output of an operator that is traced or recorded, not run. */
export class PlaceholderStorage extends Storage {
  override read(): Promise<Float32Array> {
    return Promise.reject(new Error("a traced tensor has no values"));
  }

  protected override free(): void {}
}
