import { DisposedError } from "../../../core/errors.js";
import type { Cell } from "../../../core/runtime.js";
import type { Storage } from "../../../core/storage.js";
import type { Check } from "../commands/faults.js";
import type { DeviceMemory } from "./deviceMemory.js";
import { type GpuStorage, gpuStorage } from "./gpuStorage.js";
import { Place } from "./place.js";

/**
 * A variable on the GPU. Recorded commands know it by its place, whose bind groups stay valid while the values change. An assignment
 * from outside only puts another storage here. The next replay copies it to the place.
 */
export class GpuCell implements Cell {
  readonly #device: DeviceMemory;
  #storage: GpuStorage | undefined;
  #place: Place | undefined;

  /** Takes over the caller's reference. */
  constructor(device: DeviceMemory, storage: Storage) {
    this.#device = device;
    this.#storage = gpuStorage(storage);
  }

  get storage(): GpuStorage {
    if (!this.#storage) throw new DisposedError("variable: it was disposed of; keep it alive until its last use");
    return this.#storage;
  }

  /** Its own memory, made when a recording first asks for it. @throws OutOfMemoryError */
  get place(): Place {
    this.#place ??= new Place(this.#device, "variable", this.storage.elements);
    return this.#place;
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
    const { place, storage } = this;
    if (place.holds(storage)) return;
    place.vacate();
    this.#device.copy(storage, place.memory);
    this.#take(place.show(storage.elements, place.memory.checks));
  }

  /** Moves present values out of the place where somebody else needs them, before a replay overwrites it. @throws OutOfMemoryError */
  makeReady(): void {
    this.place.evictOthers(this.storage);
  }

  /** Says that a replay has overwritten the place. */
  overwritten(checks: ReadonlySet<Check>): void {
    const { place, storage } = this;
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
  }
}
