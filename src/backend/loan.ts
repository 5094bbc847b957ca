import type { Storage } from "../core/storage.js";
import type { Tensor } from "../core/tensor.js";

/** A handle that is left to the garbage collector, and the memory that it holds. */
export class Loan {
  readonly #tensor: WeakRef<Tensor>;
  #storage: Storage | undefined;

  constructor(tensor: Tensor, storage: Storage) {
    this.#tensor = new WeakRef(tensor);
    this.#storage = storage;
  }

  /** Whether the handle holds nothing any more. */
  get isOver(): boolean {
    return this.#storage === undefined;
  }

  /**
   * Disposes of the handle. If the garbage collector has it already, its memory is given back now: the collector reports
   * a handle some turns of the event loop later.
   */
  end(): void {
    const tensor = this.#tensor.deref();
    if (tensor) tensor.dispose();
    else this.#storage?.release();
    this.#storage = undefined;
  }

  /** The handle was disposed of, and has given its memory back itself. */
  forget(): void {
    this.#storage = undefined;
  }
}
