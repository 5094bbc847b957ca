/** Packed bytes are fed in portions of this size: deflate makes at most a thousand times as much of each. */
const PORTION_BYTES = 2 ** 14;

/**
 * Unpacks bytes, and stops as soon as there are too many.
 *
 * @param mostBytes the most bytes that may come out
 * @returns the unpacked bytes in parts; undefined if they are more than `mostBytes`
 * @throws (rejects with) what the engine says of bytes that are torn or damaged
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
      // A copy: streams take no shared memory.
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
