import type { Storage } from "../../../core/storage.js";

/** Makes the memory of workspaces. */
interface Allocator {
  /** @param within memory of at least this size, which the new storage may show */
  allocate(elements: number, within: Storage | undefined): Storage;
}

/**
 * The workspaces of one call of an operator. The chunks of a batch use the same memory one after the other, so memory
 * does not grow with the number of chunks.
 */
export class Workspaces {
  /** Memory that this call holds. */
  readonly #memory: Storage[] = [];
  /** The part of the memory that no later launch uses. */
  readonly #idle: Storage[] = [];
  /** The part that the present chunk uses. Undefined outside of chunks. */
  #ofChunk: Storage[] | undefined;
  readonly #prepared = new Map<Storage, Map<string, Storage>>();

  constructor(private readonly allocator: Allocator) {}

  take(elements: number): Storage {
    const fitting = this.#idle.filter((idle) => idle.elements >= elements);
    const [smallest] = fitting.sort((a, b) => a.elements - b.elements);
    if (!smallest) {
      const memory = this.allocator.allocate(elements, undefined);
      this.#memory.push(memory);
      this.#ofChunk?.push(memory);
      return memory;
    }
    this.#idle.splice(this.#idle.indexOf(smallest), 1);
    this.#ofChunk?.push(smallest);
    return this.allocator.allocate(elements, smallest);
  }

  /** Runs the launches of one chunk. The workspaces that they take are idle afterwards. */
  inChunk(launch: () => void): void {
    const outer = this.#ofChunk;
    const taken: Storage[] = [];
    this.#ofChunk = taken;
    try {
      launch();
    } finally {
      this.#ofChunk = outer;
      this.#idle.push(...taken);
    }
  }

  /** See `Launcher.prepare`. */
  prepare(source: Storage, purpose: string, elements: number, compute: (prepared: Storage) => void): Storage {
    const ofSource = this.#prepared.get(source) ?? new Map<string, Storage>();
    this.#prepared.set(source, ofSource);
    const known = ofSource.get(purpose);
    if (known) return known;
    // It outlives the chunk.
    const prepared = this.allocator.allocate(elements, undefined);
    this.#memory.push(prepared);
    ofSource.set(purpose, prepared);
    compute(prepared);
    return prepared;
  }

  release(): void {
    for (const memory of this.#memory) memory.release();
  }
}
