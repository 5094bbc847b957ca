import { DisposedError } from "../../../core/errors.js";
import type { Cell } from "../../../core/runtime.js";
import type { Storage } from "../../../core/storage.js";
import type { Check } from "../commands/faults.js";
import type { DeviceMemory } from "./deviceMemory.js";
import { type GpuStorage, gpuStorage } from "./gpuStorage.js";
import { Place } from "./place.js";

/**
 * A variable on the GPU. Recorded commands are bound to its place, so their bind groups stay valid while the values
 * change. An assignment outside of a recording only puts another storage here. The next replay copies it to the place.
 */
export class GpuCell implements Cell {
  readonly #device: DeviceMemory;
  #storage: GpuStorage | undefined;
  /** Recordings are bound to it. */
  #place: Place | undefined;
  /** The number of recordings that have borrowed the place. */
  #borrowers = 0;

  /** Takes over the caller's reference. */
  constructor(device: DeviceMemory, storage: Storage) {
    this.#device = device;
    this.#storage = gpuStorage(storage);
  }

  get storage(): GpuStorage {
    if (!this.#storage) throw new DisposedError("variable: it was disposed of; keep it alive until its last use");
    return this.#storage;
  }

  /** Lends the place to a recording. The recording returns it with `returnPlace`. @throws OutOfMemoryError */
  borrowPlace(): Place {
    this.#place ??= new Place(this.#device, "variable", this.storage.elements);
    this.#borrowers++;
    return this.#place;
  }

  returnPlace(): void {
    this.#borrowers--;
    this.#releaseIdlePlace();
  }

  assign(storage: Storage): void {
    this.#take(gpuStorage(storage).retain());
  }

  write(values: Float32Array): void {
    const place = this.#place;
    if (!place) {
      this.#take(this.#device.upload("variable", values));
      return;
    }
    place.vacate(this.storage);
    this.#device.overwrite(place.memory, values);
    place.memory.checks = place.allocated;
    this.#take(place.show(values.length, place.allocated));
  }

  /** Brings the values to the place, before a replay. @throws DisposedError, OutOfMemoryError */
  settle(): void {
    const { storage } = this;
    const place = this.#borrowed();
    if (place.holds(storage)) return;
    place.vacate();
    this.#device.copy(storage, place.memory);
    this.#take(place.show(storage.elements, place.memory.checks));
  }

  /**
   * Call it before a replay overwrites the place. If anyone else needs the present values, they move out.
   *
   * @throws OutOfMemoryError
   */
  makeReady(): void {
    this.#borrowed().evictOthers(this.storage);
  }

  /** Call it after a replay has overwritten the place. */
  overwritten(checks: ReadonlySet<Check>): void {
    const { storage } = this;
    const place = this.#borrowed();
    place.vacate(storage);
    place.memory.checks = checks;
    this.#take(place.show(storage.elements, checks));
  }

  dispose(): void {
    this.#storage?.release();
    this.#storage = undefined;
    this.#place?.release();
    this.#place = undefined;
  }

  #take(storage: GpuStorage): void {
    const before = this.storage;
    this.#storage = storage;
    before.release();
    this.#releaseIdlePlace();
  }

  #borrowed(): Place {
    if (!this.#place) throw new Error("a recording uses the place of a variable that it did not borrow");
    return this.#place;
  }

  /** Frees the place if no recording has borrowed it and the present values are elsewhere. */
  #releaseIdlePlace(): void {
    if (this.#borrowers > 0 || !this.#place || !this.#storage || this.#place.holds(this.#storage)) return;
    this.#place.release();
    this.#place = undefined;
  }
}
