/**
 * Packed bytes are given to the decompressor in portions of this size. Deflate unpacks a portion to at most about a
 * thousand times its size.
 */
const PORTION_BYTES = 2 ** 14;

/**
 * Unpacks bytes, and stops as soon as there are too many.
 *
 * @param mostBytes the largest number of unpacked bytes
 * @returns the unpacked bytes in parts. Undefined if there are more than `mostBytes`
 * @throws (rejects with) the error of the engine if the bytes are incomplete or damaged
 */
export async function unpack(
  format: CompressionFormat,
  packed: Uint8Array,
  mostBytes: number,
): Promise<Uint8Array[] | undefined> {
  let position = 0;
  const portions = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (position >= packed.length) return controller.close();
      // A copy, because streams do not accept shared memory.
      controller.enqueue(new Uint8Array(packed.subarray(position, position + PORTION_BYTES)));
      position += PORTION_BYTES;
    },
  });
  const reader = portions.pipeThrough(new DecompressionStream(format)).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > mostBytes) {
      // Some engines report here that the rest was not read.
      await reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(part.value);
  }
  return parts;
}
