import { Storage } from "../../../core/storage.js";
import type { Check } from "../commands/faults.js";
import type { Block } from "./bufferPool.js";

/** Memory whose values change. Before they change, the storage that shows them must move out. */
export interface Tenancy {
  /** Moves the storage to memory of its own, with its values. */
  vacate(): void;
}

/** A tensor's memory on the GPU. */
export class GpuStorage extends Storage {
  /** The checks that the values depend on. A read rejects with the error of the first one that fails. */
  checks: ReadonlySet<Check>;
  /** Set while it shows memory whose values change. */
  tenancy: Tenancy | undefined;
  #block: Block;
  #giveBack: () => void;

  /**
   * @param giveBack called when the last holder releases the storage
   * @param readBack brings its values to the host
   */
  constructor(
    elements: number,
    block: Block,
    giveBack: () => void,
    private readonly readBack: (storage: GpuStorage) => Promise<Float32Array>,
  ) {
    super(elements);
    this.#block = block;
    this.#giveBack = giveBack;
    this.checks = new Set(block.check ? [block.check] : []);
  }

  /** Where the values are now. Recorded commands stay bound to the block that they were recorded with. */
  get block(): Block {
    return this.#block;
  }

  override get exposed(): boolean {
    return this.#block.exposed;
  }

  /** From now on, the values are in another block. */
  moveTo(block: Block, giveBack: () => void): void {
    this.#block = block;
    this.#giveBack = giveBack;
  }

  override read(): Promise<Float32Array> {
    return this.readBack(this);
  }

  protected override free(): void {
    this.#giveBack();
  }
}

/**
 * Narrows the type. This runtime made every storage that it gets, because operators refuse tensors of other backends.
 */
export function gpuStorage(storage: Storage): GpuStorage {
  if (storage instanceof GpuStorage) return storage;
  throw new Error("expected a storage on the GPU");
}
