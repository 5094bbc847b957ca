import { DisposedError } from "../core/errors.js";
import type { Cell } from "../core/runtime.js";
import type { Storage } from "../core/storage.js";

/** A variable without a place of its own: an assignment only puts another storage here. */
export class StorageCell implements Cell {
  #storage: Storage | undefined;

  /**
   * Takes over the caller's reference.
   *
   * @param upload makes a storage of values from the host
   */
  constructor(
    storage: Storage,
    private readonly upload: (values: Float32Array) => Storage,
  ) {
    this.#storage = storage;
  }

  get storage(): Storage {
    if (!this.#storage) throw new DisposedError("variable: it was disposed of; keep it alive until its last use");
    return this.#storage;
  }

  assign(storage: Storage): void {
    this.#take(storage.retain());
  }

  write(values: Float32Array): void {
    this.#take(this.upload(values));
  }

  dispose(): void {
    this.#storage?.release();
    this.#storage = undefined;
  }

  #take(storage: Storage): void {
    const before = this.storage;
    this.#storage = storage;
    before.release();
  }
}
