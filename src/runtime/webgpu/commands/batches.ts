import { byteSize } from "../../../core/byteSize.js";
import { OutOfMemoryError } from "../../../core/errors.js";
import type { Named } from "../../../core/operation.js";
import type { Bindable, Storage } from "../../../core/storage.js";

/** A device's limits for one binding. */
export interface BindingLimits {
  readonly maxBindingBytes: number;
  /** A power of two. */
  readonly offsetAlignment: number;
}

/** See `Launcher.forEachBatch`. */
export function forEachBatch<Storages extends Named<Storage>>(
  operator: string,
  limits: BindingLimits,
  images: number,
  storages: Storages,
  kernel: (chunk: { readonly [Name in keyof Storages]: Bindable }, images: number, first: number) => void,
): void;
export function forEachBatch(
  operator: string,
  limits: BindingLimits,
  images: number,
  storages: Named<Storage>,
  kernel: (chunk: Named<Bindable>, images: number, first: number) => void,
): void {
  const chunkImages = imagesPerChunk(operator, limits, images, storages);
  if (chunkImages >= images) {
    kernel(storages, images, 0);
    return;
  }
  for (let first = 0; first < images; first += chunkImages) {
    const count = Math.min(chunkImages, images - first);
    const chunk: Record<string, Bindable> = {};
    for (const [name, storage] of Object.entries(storages)) {
      const imageBytes = storage.bytes / images;
      chunk[name] = { storage, offset: first * imageBytes, bytes: count * imageBytes };
    }
    kernel(chunk, count, first);
  }
}

/** The number of images of a batch that one launch may see. */
function imagesPerChunk(operator: string, limits: BindingLimits, images: number, storages: Named<Storage>): number {
  const { maxBindingBytes, offsetAlignment } = limits;
  const all = Object.entries(storages);
  if (all.every(([, storage]) => storage.bytes <= maxBindingBytes)) return images;
  // A chunk must begin at a multiple of the device's alignment, in every tensor. Chunks of a multiple of this many
  // images do.
  let multiple = 1;
  let fitting = images;
  for (const [, storage] of all) {
    const imageBytes = storage.bytes / images;
    while ((multiple * imageBytes) % offsetAlignment !== 0) multiple *= 2;
    fitting = Math.min(fitting, Math.floor(maxBindingBytes / imageBytes));
  }
  const chunk = fitting - (fitting % multiple);
  if (chunk > 0) return chunk;
  const needed = fitting === 0 ? "an image" : `${multiple} images at a time, as this device's alignment requires,`;
  const sizes = all.map(([name, storage]) => `${name} ${byteSize(storage.bytes / images)}`).join(", ");
  throw new OutOfMemoryError(
    `${operator}: ${needed} (${sizes} an image) must fit one binding of this device, ${byteSize(maxBindingBytes)}; split the images, or ask for a device with a larger maxStorageBufferBindingSize`,
  );
}
